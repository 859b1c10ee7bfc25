import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** A place in the source that calls the file system. */
export interface CallSite {
  /** `src/store/lock.ts:120`, the line on which the name of the call stands. */
  where: string;
  call: string;
}

const STORE = 'src/store';
/** The real file system behind the interface: what calls it is what counts. */
const INTERFACE = 'src/store/files.ts';

export const siteKey = ({ where, call }: CallSite): string => `${where} ${call}`;

/**
 * Every place in the store, and in what it imports, that calls the file system: through the interface `Files`, found by its type
 * and not by a name, or directly by a function of `node:fs`. Throws where a call is handed on as a value, which no scan could follow.
 */
export function findCallSites(root = process.cwd()): CallSite[] {
  const files = readdirSync(path.join(root, STORE)).filter((name) => name.endsWith('.ts'));
  const program = ts.createProgram(
    files.map((name) => path.join(root, STORE, name)),
    {
      ...{ strict: true, noEmit: true, skipLibCheck: true, esModuleInterop: true, types: ['node'] },
      ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Preserve },
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    },
  );
  const checker = program.getTypeChecker();
  const sites: CallSite[] = [];
  for (const source of program.getSourceFiles()) {
    const name = path.relative(root, source.fileName).split(path.sep).join('/');
    if (!name.startsWith('src/') || name === INTERFACE) continue;
    const visit = (node: ts.Node): void => {
      const call = calledName(node, checker);
      if (call !== undefined) {
        const { line } = source.getLineAndCharacterOfPosition(call.node.getStart(source));
        const where = `${name}:${line + 1}`;
        if (!call.isCalled) throw new Error(`${where}: ${call.name} of the file system is used as a value`);
        sites.push({ where, call: call.name });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return sites;
}

function calledName(
  node: ts.Node,
  checker: ts.TypeChecker,
): { name: string; node: ts.Node; isCalled: boolean } | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const owner = checker.getTypeAtLocation(node.expression).getSymbol();
    const declared = owner?.declarations?.[0]?.getSourceFile().fileName;
    if (owner?.name !== 'Files' || declared?.endsWith(INTERFACE) !== true) return undefined;
    return { name: node.name.text, node: node.name, isCalled: isCallee(node) };
  }
  if (ts.isNamespaceImport(node) || (ts.isImportClause(node) && node.name !== undefined)) {
    const { moduleSpecifier } = ts.isNamespaceImport(node) ? node.parent.parent : node.parent;
    if (!isOfSystem(moduleSpecifier)) return undefined;
    return { name: moduleSpecifier.getText(), node, isCalled: false };
  }
  if (!ts.isIdentifier(node) || ts.isImportSpecifier(node.parent)) return undefined;
  const [declaration] = checker.getSymbolAtLocation(node)?.declarations ?? [];
  if (declaration === undefined || !ts.isImportSpecifier(declaration)) return undefined;
  const { moduleSpecifier } = declaration.parent.parent.parent;
  if (!isOfSystem(moduleSpecifier) || ts.isTypeNode(node.parent)) return undefined;
  return { name: node.text, node, isCalled: isCallee(node) };
}

function isOfSystem(module: ts.Expression): boolean {
  return ts.isStringLiteral(module) && /^(node:)?fs(\/promises)?$/.test(module.text);
}

function isCallee(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && node.parent.expression === node;
}
