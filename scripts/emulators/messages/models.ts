// The models that the service has. The demo model answers for all of them; a name that is not here is a 404, as it is
// at the service.

import type { JsonObject } from '../agents/checks.ts';

interface Model {
  id: string;
  display_name: string;
  created_at: string;
  max_input_tokens: number;
  max_tokens: number;
}

const M = 1_000_000;
const model = (id: string, display_name: string, day: string, max_input_tokens = M, max_tokens = 128_000): Model => ({
  id,
  display_name,
  created_at: `${day}T00:00:00Z`,
  max_input_tokens,
  max_tokens,
});

/** Newest first, as the service lists them. */
const MODELS: readonly Model[] = [
  model('claude-fable-5-2', 'Claude Fable 5.2', '2026-11-10'),
  model('claude-haiku-5-5', 'Claude Haiku 5.5', '2026-10-20', 200_000, 64_000),
  model('claude-sonnet-5-5', 'Claude Sonnet 5.5', '2026-10-07'),
  model('claude-opus-5-5', 'Claude Opus 5.5', '2026-09-22'),
  model('claude-fable-5-1', 'Claude Fable 5.1', '2026-08-18'),
  model('claude-sonnet-5', 'Claude Sonnet 5', '2026-06-30'),
  model('claude-fable-5', 'Claude Fable 5', '2026-06-09'),
  model('claude-opus-5', 'Claude Opus 5', '2026-05-28'),
  model('claude-opus-4-8', 'Claude Opus 4.8', '2026-04-30'),
  model('claude-opus-4-7', 'Claude Opus 4.7', '2026-04-16'),
  model('claude-sonnet-4-6', 'Claude Sonnet 4.6', '2026-02-17', M, 64_000),
  model('claude-opus-4-6', 'Claude Opus 4.6', '2026-02-05'),
  model('claude-opus-4-5-20251101', 'Claude Opus 4.5', '2025-11-01', 200_000, 64_000),
  model('claude-haiku-4-5-20251001', 'Claude Haiku 4.5', '2025-10-01', 200_000, 64_000),
  model('claude-sonnet-4-5-20250929', 'Claude Sonnet 4.5', '2025-09-29', 200_000, 64_000),
];

/** A model by its name, with or without its date. */
export function findModel(name: string): Model | null {
  return MODELS.find(({ id }) => id === name || id.replace(/-\d{8}$/, '') === name) ?? null;
}

const shown = (found: Model): JsonObject => ({ type: 'model', ...found });

/** One model, as `GET /v1/models/:id` answers it. */
export function retrieveModel(name: string): JsonObject | null {
  const found = findModel(name);
  return found && shown(found);
}

/** A page of models: `limit` of them after or before a name. */
export function listModels(query: URLSearchParams): JsonObject {
  const asked = Number(query.get('limit') ?? 20);
  const limit = Number.isInteger(asked) && asked >= 1 && asked <= 1000 ? asked : 20;
  const [after, before] = [query.get('after_id'), query.get('before_id')];
  const start = after === null ? 0 : MODELS.findIndex(({ id }) => id === after) + 1;
  const end = before === null ? MODELS.length : Math.max(0, MODELS.findIndex(({ id }) => id === before));
  const page = before === null ? MODELS.slice(start, start + limit) : MODELS.slice(Math.max(0, end - limit), end);
  const hasMore = before === null ? start + page.length < MODELS.length : end - page.length > 0;
  return { data: page.map(shown), has_more: hasMore, first_id: page[0]?.id ?? null, last_id: page.at(-1)?.id ?? null };
}
