// Runs one turn of the Claude Agent SDK inside a sandbox: `node runner.mjs JOB.json`, or the job on stdin.
//
// Every message of the SDK is one JSON line on stdout and, byte for byte the same, at the end of the log file: a reader
// that lost its stream counts the bytes it has seen and goes on in the file. Lines of our own have a type that begins
// with `runner_`. The last word of a turn is a `result`, a `runner_error` (it failed without one) or a `runner_stopped`.
// Exit code 0: a result that is no error. 1: everything else.

import { closeSync, lstatSync, mkdirSync, openSync, readFileSync, realpathSync, writeSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';

/** Bytes of a line. A reader takes lines whole, so a tool that printed megabytes must not make one. */
const MAX_LINE = 256 * 1024;
const MAX_JOB = 4 * 1024 * 1024;
const TOOLS = ['Read', 'Write', 'Edit', 'Bash', 'Glob', 'Grep'];
const WRITES = new Set(['Write', 'Edit', 'NotebookEdit']);
/** Variables that hold the session's token: of use to the SDK, not to what the model runs. */
const TOKENS = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'];

// ---------------------------------------------------------------------------------------------------- the job

/** What is wrong with the job, in one sentence. */
class BadJob extends Error {}

function field(job, name, { kind, required = false, most }) {
  const value = job[name] ?? undefined;
  if (value === undefined) {
    if (required) throw new BadJob(`The job lacks "${name}".`);
    return undefined;
  }
  if (typeof value !== kind) throw new BadJob(`"${name}" of the job must be a ${kind}.`);
  if (kind === 'string' && (value === '' || value.length > most)) throw new BadJob(`"${name}" of the job must have 1 to ${most} characters.`);
  if (kind === 'number' && !(value > 0 && value <= most)) throw new BadJob(`"${name}" of the job must be above 0 and at most ${most}.`);
  return value;
}

/** Reads a job from text; everything of it is checked here. */
export function parseJob(text) {
  if (text.length > MAX_JOB) throw new BadJob('The job is too long.');
  let job;
  try {
    job = JSON.parse(text);
  } catch {
    throw new BadJob('The job is not valid JSON.');
  }
  if (typeof job !== 'object' || job === null || Array.isArray(job)) throw new BadJob('The job must be a JSON object.');
  const parsed = {
    prompt: field(job, 'prompt', { kind: 'string', required: true, most: 1_000_000 }),
    /** Id of the conversation that goes on. */
    resume: field(job, 'resume', { kind: 'string', most: 100 }),
    /** What was said so far, in words, for when that conversation is not here any more. */
    history: field(job, 'history', { kind: 'string', most: 1_000_000 }),
    cwd: field(job, 'cwd', { kind: 'string', required: true, most: 4096 }),
    system: field(job, 'system', { kind: 'string', required: true, most: 1_000_000 }),
    model: field(job, 'model', { kind: 'string', required: true, most: 200 }),
    maxBudgetUsd: field(job, 'maxBudgetUsd', { kind: 'number', required: true, most: 10_000 }),
    maxTurns: field(job, 'maxTurns', { kind: 'number', most: 1000 }) ?? 50,
    log: field(job, 'log', { kind: 'string', required: true, most: 4096 }),
  };
  if (parsed.resume !== undefined && !/^[\w-]+$/.test(parsed.resume)) throw new BadJob('"resume" of the job is no id of a conversation.');
  if (!Number.isInteger(parsed.maxTurns)) throw new BadJob('"maxTurns" of the job must be a whole number.');
  for (const name of ['cwd', 'log']) if (!isAbsolute(parsed[name])) throw new BadJob(`"${name}" of the job must be an absolute path.`);
  try {
    parsed.cwd = realpathSync(parsed.cwd);
  } catch {
    throw new BadJob(`The workspace ${parsed.cwd} is not there.`);
  }
  return parsed;
}

// ------------------------------------------------------------------------------------------------ the fence

/**
 * Where a path really leads: links are followed, and what does not exist yet is judged by the folder it would be in.
 * Null when that cannot be said; a link to nowhere is such a path, for whoever writes through it writes elsewhere.
 */
function real(path) {
  let at = resolve(path);
  const missing = [];
  for (;;) {
    try {
      return join(realpathSync(at), ...missing);
    } catch (error) {
      if (error.code !== 'ENOENT' || lstatSync(at, { throwIfNoEntry: false }) !== undefined || dirname(at) === at) return null;
      missing.unshift(basename(at));
      at = dirname(at);
    }
  }
}

const within = (path, folder) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/**
 * Why a tool may not touch a path, or null. It keeps a well-meaning model to the workspace; what the model runs in Bash
 * is not held by it, the sandbox is the boundary for that.
 */
export function refusal({ tool, path, cwd, readable = [] }) {
  const target = real(isAbsolute(path) ? path : join(cwd, path));
  if (target === null) return 'That path cannot be followed.';
  if (WRITES.has(tool)) {
    if (!within(target, cwd)) return 'Only files in the workspace can be changed.';
    return within(target, join(cwd, '.git')) ? 'The files of git itself are not to be changed.' : null;
  }
  return within(target, cwd) || readable.some((folder) => within(target, folder)) ? null : 'Only files in the workspace can be read.';
}

function hooks(cwd) {
  // The SDK puts what a tool printed at length beside the transcript and has the model read it there.
  const config = process.env.CLAUDE_CONFIG_DIR ?? join(process.env.HOME ?? '/nowhere', '.claude');
  const readable = [real(join(config, 'projects'))].filter((path) => path !== null);
  const fence = async ({ tool_name: tool, tool_input: input }) => {
    const path = input.file_path ?? input.notebook_path ?? input.path ?? cwd;
    const reason = typeof path === 'string' ? refusal({ tool, path, cwd, readable }) : 'That is no path.';
    if (reason === null) return {};
    return { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: reason } };
  };
  // A model that looks at its environment should not find the token there and write it somewhere.
  const withoutTokens = async ({ tool_input: input }) => ({
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'allow', updatedInput: { ...input, command: `unset ${TOKENS.join(' ')}\n${input.command}` } },
  });
  return {
    PreToolUse: [
      { matcher: 'Read|Write|Edit|NotebookEdit|Glob|Grep', onFailure: 'block', hooks: [fence] },
      { matcher: 'Bash', onFailure: 'block', hooks: [withoutTokens] },
    ],
  };
}

// ------------------------------------------------------------------------------------------------ the lines

/** A value with its longest texts cut, well-formed for readers that take no half characters. */
function shortened(value, most) {
  if (typeof value === 'string') {
    const whole = value.toWellFormed();
    return whole.length <= most ? whole : `${whole.slice(0, most).toWellFormed()} … [cut, ${whole.length} characters]`;
  }
  if (Array.isArray(value)) return value.map((entry) => shortened(entry, most));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shortened(entry, most)]));
}

/** A message as one line of JSON of at most `limit` bytes, without any of the secrets. */
export function line(message, { secrets = [], limit = MAX_LINE } = {}) {
  const print = (value) => secrets.reduce((text, secret) => text.replaceAll(secret, '[removed]'), JSON.stringify(value)) + '\n';
  let text = print(message);
  // JSON.stringify writes half a character as an escape that strict readers refuse.
  if (/\\ud[89a-f]/i.test(text)) text = print(shortened(message, Infinity));
  for (const most of [65_536, 8_192, 1_024, 128]) {
    if (Buffer.byteLength(text) <= limit) return text;
    text = print({ ...shortened(message, most), cut: true });
  }
  if (Buffer.byteLength(text) <= limit) return text;
  const { type, subtype, is_error, session_id, uuid, parent_tool_use_id } = shortened(message, 128);
  return print({ type, subtype, is_error, session_id, uuid, parent_tool_use_id, cut: true });
}

/** What must not be printed: the token, and the same as git sends it. */
function secretsOf(env) {
  const tokens = TOKENS.map((name) => env[name] ?? '').filter((token) => token.length >= 8);
  return tokens.flatMap((token) => [token, Buffer.from(`x-access-token:${token}`).toString('base64')]);
}

/** Prints to the log, then to stdout. Whoever listened to stdout may go away; the turn goes on and the log has it. */
function printer(log) {
  mkdirSync(dirname(log), { recursive: true });
  const file = openSync(log, 'a', 0o600);
  let listening = true;
  process.stdout.on('error', () => (listening = false));
  const secrets = secretsOf(process.env);
  return {
    print(message) {
      const bytes = Buffer.from(line(message, { secrets }));
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      if (listening) process.stdout.write(bytes);
    },
    close: () => closeSync(file),
  };
}

// ------------------------------------------------------------------------------------------------- the turn

function options(job, resume, abort) {
  return {
    cwd: job.cwd,
    ...(resume === undefined ? {} : { resume }),
    model: job.model,
    // What the project says may change between two turns, so it is not kept with the conversation.
    systemPrompt: { type: 'custom', prompt: job.system, snapshot: false },
    settingSources: [],
    tools: TOOLS,
    permissionMode: 'bypassPermissions',
    allowDangerouslySkipPermissions: true,
    includePartialMessages: true,
    maxTurns: job.maxTurns,
    maxBudgetUsd: job.maxBudgetUsd,
    hooks: hooks(job.cwd),
    abortController: abort,
    env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', CLAUDE_CODE_MAX_RETRIES: '3', IS_SANDBOX: '1', ...process.env },
    stderr: (text) => process.stderr.write(text),
  };
}

const withHistory = ({ prompt, history }) => (history === undefined ? prompt : `<conversation_so_far>\n${history}\n</conversation_so_far>\n\n${prompt}`);

/** Nothing was begun: the conversation that should go on could not be loaded. */
const isLost = (message) => message.type === 'result' && message.subtype === 'error_during_execution';

/** Runs the job and answers its result, `'lost'` when the conversation is not here any more, or null. */
async function attempt(query, job, resume, abort, print) {
  let result = null;
  let begun = false;
  try {
    const prompt = resume === undefined ? withHistory(job) : job.prompt;
    for await (const message of query({ prompt, options: options(job, resume, abort) })) {
      begun ||= message.type === 'system' && message.subtype === 'init';
      if (resume !== undefined && !begun && isLost(message)) return 'lost';
      if (message.type === 'result') result = message;
      print(message);
    }
  } catch (error) {
    // After a result that is an error, the SDK throws as well; the result has said it all.
    if (result === null) throw error;
  }
  return result;
}

async function readJob() {
  const path = process.argv[2];
  if (path !== undefined && path !== '-') return readFileSync(path, 'utf8');
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_JOB) break;
  }
  return text;
}

async function main() {
  let job;
  try {
    job = parseJob(await readJob());
  } catch (error) {
    process.stdout.write(line({ type: 'runner_error', code: 'bad_job', message: String(error.message) }));
    return 1;
  }
  const out = printer(job.log);
  const abort = new AbortController();
  let stoppedBy = null;
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      stoppedBy ??= signal;
      abort.abort();
    });
  }
  try {
    const { query } = await import('@anthropic-ai/claude-agent-sdk');
    let result = await attempt(query, job, job.resume, abort, out.print);
    if (result === 'lost') {
      out.print({ type: 'runner_afresh', session_id: job.resume, message: 'The conversation is not in this sandbox; it goes on from its history.' });
      result = await attempt(query, job, undefined, abort, out.print);
    }
    if (result === null && stoppedBy === null) throw new Error('The agent ended without a result.');
    if (result !== null) return result.is_error ? 1 : 0;
  } catch (error) {
    if (stoppedBy === null) out.print({ type: 'runner_error', code: 'failed', message: String(error?.message || 'The agent could not be started.') });
  } finally {
    if (stoppedBy !== null) out.print({ type: 'runner_stopped', signal: stoppedBy });
    out.close();
  }
  return 1;
}

if (process.argv[1] !== undefined && import.meta.filename === realpathSync(process.argv[1])) process.exitCode = await main();
