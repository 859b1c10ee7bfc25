import type initSqlJs from 'sql.js';

export type Sql = initSqlJs.SqlJsStatic;

/** SQLite of these bytes of its WebAssembly module. Its program is loaded here, and not when the extension starts. */
export async function loadSql(wasm: Uint8Array): Promise<Sql> {
  const { default: init } = await loadProgram();
  // A copy of exactly these bytes: a Buffer may be a window on a larger one.
  return init({ wasmBinary: new Uint8Array(wasm).buffer });
}

async function loadProgram(): Promise<{ default: typeof initSqlJs }> {
  try {
    // eslint-disable-next-line no-restricted-syntax -- A package is no layer, and a static import would be evaluated at once.
    return await import('sql.js');
  } catch (error) {
    // Where a module is missing, the message goes on with who asked for it.
    const [what] = String(error).split('\n');
    throw new Error(`sqlite.js, a file of the extension, cannot be used: ${what ?? ''}`, { cause: error });
  }
}
