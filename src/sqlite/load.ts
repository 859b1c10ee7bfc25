import type initSqlJs from 'sql.js';

export type Sql = initSqlJs.SqlJsStatic;

/** SQLite of these bytes of its WebAssembly module. Its program is loaded here, and not when the extension starts. */
export async function loadSql(wasm: Uint8Array): Promise<Sql> {
  // eslint-disable-next-line no-restricted-syntax -- A package is no layer, and a static import would be evaluated at once.
  const { default: init } = await import('sql.js');
  // A copy of exactly these bytes: a Buffer may be a window on a larger one.
  return init({ wasmBinary: new Uint8Array(wasm).buffer });
}
