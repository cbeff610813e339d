// The errors of the control plane, in the vendor's shape.

/** An answer that is not a success. `errorCode` is the machine-readable one, where the vendor has one. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, extra: { errorCode?: string; headers?: Record<string, string> } = {}) {
    super(message);
    this.status = status;
    this.errorCode = extra.errorCode;
    this.headers = extra.headers ?? {};
  }

  body(): object {
    return { code: this.status, message: this.message, ...(this.errorCode === undefined ? {} : { error_code: this.errorCode }) };
  }
}

export function invalid(message: string): ApiError {
  return new ApiError(400, message);
}

export function notFound(message: string): ApiError {
  return new ApiError(404, message);
}

export function conflict(message: string): ApiError {
  return new ApiError(409, message);
}
