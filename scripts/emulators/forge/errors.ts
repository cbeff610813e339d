// The errors that the forge answers, in GitHub's shape. Which error a case gets is decided where the case is known.

/** One item of `errors`: what is wrong with which field of which resource. */
export interface Detail {
  resource: string;
  field?: string;
  code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom';
  message?: string;
}

/** An answer that is not a success. `headers` are added to the response as they are. */
export class ApiError extends Error {
  readonly status: number;
  readonly details: readonly Detail[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, extra: { details?: readonly Detail[]; headers?: Record<string, string> } = {}) {
    super(message);
    this.status = status;
    this.details = extra.details;
    this.headers = extra.headers ?? {};
  }

  /** The JSON body of this error. `status` is text, as at GitHub. */
  body(): object {
    return {
      message: this.message,
      ...(this.details === undefined ? {} : { errors: this.details }),
      documentation_url: 'https://docs.github.com/rest',
      status: String(this.status),
    };
  }
}

/** 404: it does not exist, or is nothing that the caller may know of. Both look the same. */
export const notFound = (): ApiError => new ApiError(404, 'Not Found');

export const badCredentials = (): ApiError => new ApiError(401, 'Bad credentials');

export const unauthenticated = (): ApiError => new ApiError(401, 'Requires authentication');

export const forbidden = (message: string): ApiError => new ApiError(403, message);

/** 422 with one sentence. */
export const unprocessable = (message: string): ApiError => new ApiError(422, message);

/** 422 that says which field of what is wrong. */
export const validation = (...details: Detail[]): ApiError => new ApiError(422, 'Validation Failed', { details });
