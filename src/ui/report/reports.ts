import { env } from 'vscode';
import type { Experiment, Report } from '../../api';
import { asSeen } from '../../domain/blinding';
import { computeReport } from '../../domain/report';
import type { ReportFacts } from '../../domain/reportFacts';
import type { EXPORT_FORMATS } from '../../webview/messages';
import type { PageData } from '../../webview/pageData';
import type { AppModel } from '../appModel';
import { csv } from './csv';
import { markdown } from './markdown';
import { pageOf } from './pageOf';
import { reportOf } from './reportOf';

export type ReportFormat = (typeof EXPORT_FORMATS)[number];

/** The reports of what this window knows, in every form that they are given away in. */
export class Reports {
  constructor(private readonly model: AppModel) {}

  /** What may be seen of them. Whoever gets them sees them: the look is logged. */
  facts(experiment: Experiment): ReportFacts {
    const facts = computeReport(this.model.reportInput(experiment));
    if (!this.model.blinds.isHiddenBy(facts.experiment, facts.verdict.kind)) this.model.look(facts);
    return asSeen(facts, this.model.state.store.unblinded.get(experiment.id));
  }

  compute(experiment: Experiment): Report {
    return reportOf(this.facts(experiment));
  }

  /** What the report page shows. */
  page(experiment: Experiment): PageData {
    return this.pageOf(this.facts(experiment));
  }

  private pageOf(facts: ReportFacts): PageData {
    return pageOf({ facts, report: reportOf(facts), session: (id) => this.model.session(id), locale: env.language });
  }

  text(experiment: Experiment, format: ReportFormat): string {
    const facts = this.facts(experiment);
    switch (format) {
      case 'markdown':
        return markdown(this.pageOf(facts), facts.computedAt);
      case 'json':
        return `${JSON.stringify(reportOf(facts), null, 2)}\n`;
      case 'csv':
        return csv(reportOf(facts));
    }
  }
}
