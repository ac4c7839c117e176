/** What the server has, as a file: fetched with the token, because a plain link has none. */
import { accessToken } from "../api";
import { ApiError } from "../api/error";

export async function download(path: string, name: string): Promise<void> {
  const response = await fetchAsMe(path).catch(() => {
    throw ApiError.unreachable();
  });
  await keep(response, name);
}

/** A GET with the token. */
export async function fetchAsMe(path: string): Promise<Response> {
  const token = await accessToken();
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  return fetch(path, { headers, credentials: "same-origin" });
}

/** What a server answered, as a file of this device. */
export async function keep(response: Response, name: string): Promise<void> {
  if (!response.ok) throw await ApiError.from(response);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
