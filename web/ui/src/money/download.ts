/** A table from the server as a file: fetched with the token, because a plain link has none. */
import { accessToken } from "../api";
import { ApiError } from "../api/error";

export async function download(path: string, name: string): Promise<void> {
  const token = await accessToken();
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(path, { headers, credentials: "same-origin" }).catch(() => {
    throw ApiError.unreachable();
  });
  if (!response.ok) throw await ApiError.from(response);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
