/**
 * One file on its way to the server. By XMLHttpRequest, because only it says how much of a body has
 * left; with the token, renewed once when it is refused.
 */
import { accessToken, renewAccessToken } from "../api";
import { ApiError } from "../api/error";
import type { ErrorBody } from "../api/types";
import type { ChatFile } from "../generated/protocol";

export type Upload = (file: File, onProgress: (part: number) => void, signal: AbortSignal) => Promise<ChatFile>;

export const uploadTo =
  (path: string): Upload =>
  async (file, onProgress, signal) => {
    const token = await accessToken();
    try {
      return await once(path, file, token, onProgress, signal);
    } catch (cause) {
      if (!(cause instanceof ApiError) || cause.status !== 401 || token === null) throw cause;
      return once(path, file, await renewAccessToken(token), onProgress, signal);
    }
  };

function once(path: string, file: File, token: string | null, onProgress: (part: number) => void, signal: AbortSignal): Promise<ChatFile> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new DOMException("", "AbortError"));
    const request = new XMLHttpRequest();
    request.open("POST", `${path}?name=${encodeURIComponent(file.name)}`);
    if (token !== null) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "text";
    request.upload.onprogress = (event) => onProgress(event.total > 0 ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status === 201) return resolve(JSON.parse(request.responseText) as ChatFile);
      void ApiError.from(new Response(request.responseText, { status: request.status })).then(reject);
    };
    request.onerror = () => reject(ApiError.unreachable());
    request.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

/** Why a file was not taken: the server's code, and its words for what has no words of ours. */
export const troubleOf = (cause: unknown): Pick<ErrorBody, "code" | "message"> =>
  cause instanceof ApiError ? cause.body : { code: "unknown", message: "" };
