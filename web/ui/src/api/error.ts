/** One kind of failure for everything that a request can end in. */
import type { ErrorBody } from "./types";

export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
    readonly body: ErrorBody,
  ) {
    super(body.message);
  }

  get code(): string {
    return this.body.code;
  }

  /** No answer came: no network, a server that is restarting, or a wait that was too long. */
  static unreachable(): ApiError {
    return new ApiError(0, { code: "unreachable", message: "The server did not answer.", retryable: true });
  }

  static async from(response: Response): Promise<ApiError> {
    const fallback: ErrorBody = { code: codeOf(response.status), message: response.statusText };
    try {
      const body = (await response.json()) as Partial<ErrorBody> | null;
      return new ApiError(response.status, { ...fallback, ...body });
    } catch {
      return new ApiError(response.status, fallback); // a proxy's HTML page, or nothing
    }
  }
}

function codeOf(status: number): string {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 409) return "conflict";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "unavailable" : "bad_request";
}
