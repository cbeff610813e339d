// The errors that the emulator answers, in the vendor's shape. It owns which HTTP status goes with which
// error type; it does not decide when something is an error.

export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'conflict_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'api_error'
  | 'timeout_error'
  | 'overloaded_error';

const TYPE_OF_STATUS: ReadonlyMap<number, ErrorType> = new Map([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [409, 'conflict_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

/** An answer that is not a success. `headers` are added to the response as they are. */
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

  /** The JSON body of this error. */
  body(requestId: string): object {
    const error = { type: TYPE_OF_STATUS.get(this.status) ?? 'api_error', message: this.message };
    return {
      type: 'error',
      error: this.errorCode === undefined ? error : { ...error, details: { error_code: this.errorCode } },
      request_id: requestId,
    };
  }
}

/** 400: the request is wrong and will stay wrong. */
export function invalid(message: string, errorCode?: string): ApiError {
  return new ApiError(400, message, errorCode === undefined ? {} : { errorCode });
}

/** 404 for a thing named by `what`. */
export function notFound(what: string, errorCode?: string): ApiError {
  return new ApiError(404, `${what} was not found.`, errorCode === undefined ? {} : { errorCode });
}

/** 409 that no retry can cure. The vendor's SDK retries a bare 409, hence the header. */
export function conflict(message: string): ApiError {
  return new ApiError(409, message, { headers: { 'x-should-retry': 'false' } });
}
