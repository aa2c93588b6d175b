// A reporter of node:test that writes one line of JSON for each test that was skipped or left to do.

/** @param {AsyncIterable<{ type: string, data: Record<string, unknown> }>} events */
export default async function* skips(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const reason = data.skip ?? data.todo;
    if (reason === undefined || reason === false) continue;
    yield `${JSON.stringify({ title: data.name, reason: reasonText(reason) })}\n`;
  }
}

function reasonText(reason) {
  return typeof reason === 'string' && reason !== '' ? reason : 'no reason given';
}
