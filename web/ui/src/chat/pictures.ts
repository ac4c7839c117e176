/**
 * Pictures of messages as addresses that an <img> takes: fetched with the token, because a plain
 * address has none, and kept while there is space. What one sent oneself is shown from the own copy.
 */
import { ApiError } from "../api/error";
import { fetchAsMe } from "../money/download";

const KEPT_MAX = 80;

/** So many addresses; the one that was not looked at for longest goes first. */
class Addresses {
  readonly #all = new Map<string, string>();

  get(key: string): string | undefined {
    const found = this.#all.get(key);
    if (found !== undefined) this.#all.delete(key);
    if (found !== undefined) this.#all.set(key, found);
    return found;
  }

  keep(key: string, address: string): void {
    this.#all.set(key, address);
    const [oldest] = this.#all;
    if (this.#all.size <= KEPT_MAX || oldest === undefined) return;
    this.#all.delete(oldest[0]);
    // A picture that still stands on the page was read already.
    URL.revokeObjectURL(oldest[1]);
  }
}

/** Own pictures by the server's name of the file. */
export const previews = new Addresses();
const fetched = new Addresses();

/** The picture's address; throws when it is gone or nobody answers. */
export async function pictureAt(path: string): Promise<string> {
  const known = fetched.get(path);
  if (known !== undefined) return known;
  const response = await fetchAsMe(path).catch(() => {
    throw ApiError.unreachable();
  });
  if (!response.ok) throw await ApiError.from(response);
  const address = URL.createObjectURL(await response.blob());
  fetched.keep(path, address);
  return address;
}
