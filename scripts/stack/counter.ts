/**
 * Stands for the Analytics Engine where somebody wants to know what is counted: locally the real binding forgets
 * every point. Calls of a binding's methods go to a worker of ours in the same way.
 */
import { Response, type Request } from 'miniflare';

/** What a worker wrote, as the Analytics Engine takes it. */
export interface Point {
  indexes: string[];
  blobs: string[];
  doubles: number[];
}

const NAME = 'counter';
const SCRIPT = `import { WorkerEntrypoint } from 'cloudflare:workers';
export default class extends WorkerEntrypoint {
  writeDataPoint(point) {
    // Whoever counts does not wait for it.
    this.ctx.waitUntil(this.env.SINK.fetch('http://sink/', { method: 'POST', body: JSON.stringify(point) }));
  }
}`;

/** The worker that takes the points. */
export function counter(counted: (point: Point) => void) {
  return {
    name: NAME,
    modules: true as const,
    script: SCRIPT,
    compatibilityDate: '2026-11-01',
    serviceBindings: {
      SINK: async (request: Request): Promise<Response> => {
        counted((await request.json()) as Point);
        return new Response(null, { status: 204 });
      },
    },
  };
}

/** A worker's bindings with the counter in the place of its data sets. */
export function countedBy({ analyticsEngineDatasets = {}, serviceBindings = {} }: { analyticsEngineDatasets?: object; serviceBindings?: object }) {
  return {
    analyticsEngineDatasets: {},
    serviceBindings: { ...serviceBindings, ...Object.fromEntries(Object.keys(analyticsEngineDatasets).map((name) => [name, NAME])) },
  };
}
