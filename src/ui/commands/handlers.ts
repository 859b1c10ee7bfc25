import type { App } from './app';
import * as databases from './databases';
import * as drawing from './drawing';
import { checkFalseAlarms } from './falseAlarms';
import * as experiments from './experiments';
import * as hooks from './hooks';
import * as recovery from './recovery';
import type { Handlers } from './register';
import * as reports from './reports';
import * as sessions from './sessions';
import * as tagging from './tagging';

/** What each command does. The type makes a command without a handler a compile error. */
export function createHandlers(app: App): Handlers {
  return {
    newExperiment: (call) => experiments.newExperiment(app, call),
    editDraft: (call) => experiments.editDraft(app, call),
    deleteDraft: (call) => experiments.deleteDraft(app, call),
    startExperiment: (call) => experiments.move(app, call, 'start'),
    concludeExperiment: (call) => experiments.move(app, call, 'conclude'),
    archiveExperiment: (call) => experiments.move(app, call, 'archive'),
    selectExperiment: (call) => experiments.selectExperiment(app, call),
    tagControl: (call) => tagging.tag(app, call, 'Control'),
    tagTreatment: (call) => tagging.tag(app, call, 'Treatment'),
    tagExcluded: (call) => tagging.tag(app, call, 'Excluded'),
    retagSession: (call) => tagging.retag(app, call),
    untagSession: (call) => tagging.untag(app, call),
    openReport: (call) => reports.openReport(app, call),
    exportReport: (call) => reports.exportReport(app, call),
    checkFalseAlarms: (call) => checkFalseAlarms(app, call),
    selectSession: (call) => sessions.selectSession(app, call),
    showHistory: (call) => sessions.showHistory(app, call),
    markSucceeded: (call) => sessions.setOutcome(app, call, 'success'),
    markFailed: (call) => sessions.setOutcome(app, call, 'failure'),
    clearOutcome: (call) => sessions.setOutcome(app, call, undefined),
    openTranscript: (call) => sessions.openTranscript(app, call),
    filterSessions: () => sessions.chooseFilter(app),
    copySessionId: (call) => sessions.copySessionId(app, call),
    importDatabase: (call) => databases.importDatabase(app, call),
    exportDatabase: (call) => databases.exportDatabase(app, call),
    restoreBackup: (call) => recovery.restoreBackup(app, call),
    salvageDatabase: (call) => recovery.salvageDatabase(app, call),
    installHook: (call) => hooks.installHook(app, call),
    removeHook: (call) => hooks.removeHook(app, call),
    testHook: (call) => hooks.testHook(app, call),
    drawVariant: (call) => drawing.drawVariant(app, call),
    unblind: (call) => drawing.unblind(app, call),
    refresh: () => app.model.refresh(),
    showLog: () => {
      app.log.show();
      return Promise.resolve();
    },
  };
}
