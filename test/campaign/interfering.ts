import { blockingAccess } from '../../src/sessions/reading/blockingAccess';
import type { FileAccess } from '../../src/sessions/reading/fileAccess';

/** Files of the disk, with another program at work: `interfere` is called before each access, and counts them itself. */
export function interfering(interfere: () => void): FileAccess {
  const first = <T>(use: () => Promise<T>): Promise<T> => {
    interfere();
    return use();
  };
  return {
    stat: (path) => first(() => blockingAccess.stat(path)),
    list: (path) => first(() => blockingAccess.list(path)),
    realpath: (path) => first(() => blockingAccess.realpath(path)),
    readText: (path, maxBytes) => first(() => blockingAccess.readText(path, maxBytes)),
    open: async (path) => {
      const file = await first(() => blockingAccess.open(path));
      return {
        read: (buffer, position) => first(() => file.read(buffer, position)),
        close: () => first(() => file.close()),
      };
    },
  };
}
