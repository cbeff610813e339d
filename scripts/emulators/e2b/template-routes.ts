// The control plane's routes for templates and their builds.

import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { checkHash, parseRecipe, type Builder } from './build.ts';
import { integer, optionalBoolean, optionalString, string, strings, type JsonObject } from './checks.ts';
import { uploadPath } from './copy-step.ts';
import { ApiError, invalid, notFound } from './errors.ts';
import { count, param, type Call, type Route } from './http.ts';
import { newToken } from './ids.ts';
import { BASE, checkTag, parseName, TEAM, type Build, type LogEntry, type Template, type Templates } from './templates.ts';

const MAX_UPLOAD = 1024 * 1024 * 1024;
const LEVELS = ['debug', 'info', 'warn', 'error'];

export function templateRoutes(templates: Templates, builder: Builder, url: () => string): Route[] {
  /** Stands in the upload addresses in place of a signature. */
  const uploadToken = newToken();

  const templateOf = (call: Call): Template => {
    const reference = param(call, 'template');
    return templates.byName(parseName(reference).name) ?? templates.byId(reference);
  };

  /** The log from `offset` on, at most as much as one answer may hold. */
  function logOf(build: Build, query: URLSearchParams, offset: number): LogEntry[] {
    const level = LEVELS.indexOf(query.get('level') ?? 'debug');
    const limit = count(query, 'limit', 100, 0, 100);
    return build.log.filter((entry) => LEVELS.indexOf(entry.level) >= level).slice(offset, offset + limit);
  }

  function size(body: JsonObject): { cpuCount: number; memoryMB: number } {
    const [cpuCount, memoryMB] = [integer(body, 'cpuCount', 2), integer(body, 'memoryMB', 1024)];
    if (cpuCount < 1 || cpuCount > 32 || (cpuCount !== 1 && cpuCount % 2 !== 0)) throw invalid('cpuCount must be 1 or an even number up to 32');
    if (memoryMB < 128 || memoryMB % 2 !== 0) throw invalid('memoryMB must be an even number of at least 128');
    return { cpuCount, memoryMB };
  }

  return [
    {
      method: 'POST',
      path: '/v3/templates',
      endpoint: 'templates.create',
      async handle(call) {
        const body = await call.json();
        const { name, tag } = parseName(optionalString(body, 'name') ?? string(body, 'alias'));
        if (name === BASE) throw new ApiError(403, `'${BASE}' belongs to the emulator`);
        const tags = [...new Set([...(tag === null ? [] : [tag]), ...strings(body['tags'] ?? [], 'tags').map((each) => checkTag(each.toLowerCase()))])];
        const all = tags.length === 0 ? ['default'] : tags;
        const { template, build } = templates.addBuild(name, all, size(body), randomUUID());
        return {
          status: 202,
          body: { templateID: template.id, buildID: build.id, public: template.public, names: [`${TEAM}/${name}`], tags: all, aliases: [name] },
        };
      },
    },
    {
      method: 'GET',
      path: '/templates/:template/files/:hash',
      endpoint: 'templates.files',
      handle(call) {
        templateOf(call);
        const hash = checkHash(param(call, 'hash'));
        return { status: 201, body: { present: existsSync(uploadPath(templates.disks, hash)), url: `${url()}/_emulator/uploads/${uploadToken}/${hash}`, headers: {} } };
      },
    },
    {
      method: 'PUT',
      path: '/_emulator/uploads/:token/:hash',
      endpoint: null,
      async handle(call) {
        if (param(call, 'token') !== uploadToken) throw new ApiError(403, 'this upload address is not valid');
        const path = uploadPath(templates.disks, checkHash(param(call, 'hash')));
        mkdirSync(dirname(path), { recursive: true });
        const partial = `${path}.${randomUUID()}`;
        let size = 0;
        const bounded = new Transform({
          transform(chunk: Buffer, _encoding, next) {
            size += chunk.length;
            next(size > MAX_UPLOAD ? new ApiError(413, `the upload is larger than ${MAX_UPLOAD} bytes`) : null, chunk);
          },
        });
        try {
          await pipeline(call.request, bounded, createWriteStream(partial));
          renameSync(partial, path);
        } finally {
          rmSync(partial, { force: true });
        }
        return { status: 200 };
      },
    },
    {
      method: 'POST',
      path: '/v2/templates/:template/builds/:build',
      endpoint: 'templates.build',
      async handle(call) {
        const template = templateOf(call);
        const build = templates.build(template, param(call, 'build'));
        const recipe = parseRecipe(await call.json());
        if ('template' in recipe.from) templates.resolve(recipe.from.template);
        if (build.status !== 'waiting') throw invalid('build is not in waiting state');
        builder.start(template, build, recipe);
        return { status: 202 };
      },
    },
    {
      method: 'GET',
      path: '/templates/:template/builds/:build/status',
      endpoint: 'templates.status',
      handle(call) {
        const template = templateOf(call);
        const build = templates.build(template, param(call, 'build'));
        const logEntries = logOf(build, call.query, count(call.query, 'logsOffset', 0, 0, Number.MAX_SAFE_INTEGER));
        const { reason } = build;
        return {
          status: 200,
          body: {
            templateID: template.id,
            buildID: build.id,
            status: build.status,
            logs: logEntries.map(({ message }) => message),
            logEntries,
            ...(reason === null ? {} : { reason: { ...reason, logEntries: build.log.filter(({ step, level }) => step === reason.step && level !== 'debug').slice(-20) } }),
          },
        };
      },
    },
    {
      method: 'GET',
      path: '/templates/:template/builds/:build/logs',
      endpoint: 'templates.logs',
      handle(call) {
        const build = templates.build(templateOf(call), param(call, 'build'));
        const cursor = count(call.query, 'cursor', 0, 0, Number.MAX_SAFE_INTEGER);
        const back = call.query.get('direction') === 'backward';
        const after = build.log.filter(({ timestamp }) => (back && cursor > 0 ? Date.parse(timestamp) <= cursor : Date.parse(timestamp) >= cursor));
        const ordered = back ? after.reverse() : after;
        return { status: 200, body: { logs: logOf({ ...build, log: ordered }, call.query, 0) } };
      },
    },
    {
      method: 'GET',
      path: '/templates/aliases/:alias',
      endpoint: 'templates.alias',
      handle(call) {
        const template = templates.byName(parseName(param(call, 'alias')).name);
        if (!template) throw notFound(`alias '${param(call, 'alias')}' not found`);
        return { status: 200, body: { templateID: template.id, public: template.public } };
      },
    },
    ...['/templates', '/v2/templates'].map((path): Route => ({
      method: 'GET',
      path,
      endpoint: 'templates.list',
      handle: () => ({ status: 200, body: templates.all().filter(({ id }) => id !== BASE).map((template) => templates.describe(template)) }),
    })),
    {
      method: 'POST',
      path: '/templates/tags',
      endpoint: 'templates.tag',
      async handle(call) {
        const body = await call.json();
        const { template, build } = templates.resolve(string(body, 'target'));
        const tags = strings(body['tags'], 'tags').map(checkTag);
        for (const tag of tags) template.tags[tag] = build.id;
        templates.save(template);
        return { status: 201, body: { tags, buildID: build.id } };
      },
    },
    {
      method: 'DELETE',
      path: '/templates/tags',
      endpoint: 'templates.untag',
      async handle(call) {
        const body = await call.json();
        const template = templates.byName(parseName(string(body, 'name')).name);
        if (!template) throw notFound(`template '${string(body, 'name')}' not found`);
        for (const tag of strings(body['tags'], 'tags')) delete template.tags[tag];
        templates.save(template);
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/templates/:template/tags',
      endpoint: 'templates.tags',
      handle(call) {
        const template = templateOf(call);
        return { status: 200, body: Object.entries(template.tags).map(([tag, buildID]) => ({ tag, buildID, createdAt: template.builds[buildID]?.createdAt ?? template.createdAt })) };
      },
    },
    {
      method: 'GET',
      path: '/templates/:template',
      endpoint: 'templates.get',
      handle(call) {
        const template = templateOf(call);
        const builds = Object.values(template.builds).map(({ id, status, createdAt, finishedAt, cpuCount, memoryMB }) => ({
          buildID: id, status, createdAt, updatedAt: finishedAt ?? createdAt, finishedAt, cpuCount, memoryMB,
        }));
        return { status: 200, body: { ...templates.describe(template), builds } };
      },
    },
    {
      method: 'PATCH',
      path: '/v2/templates/:template',
      endpoint: 'templates.update',
      async handle(call) {
        const template = templateOf(call);
        template.public = optionalBoolean(await call.json(), 'public') ?? template.public;
        templates.save(template);
        return { status: 200, body: { names: [`${TEAM}/${template.name}`] } };
      },
    },
    {
      method: 'DELETE',
      path: '/templates/:template',
      endpoint: 'templates.delete',
      handle(call) {
        const template = templateOf(call);
        if (template.id === BASE) throw new ApiError(403, `'${BASE}' belongs to the emulator`);
        for (const build of Object.values(template.builds)) builder.cancel(template, build);
        templates.delete(template);
        return { status: 204 };
      },
    },
  ];
}
