// Fills in a form with ODK's own engine, as ODK Web Forms would, and prints the submission it makes.
// Standard input: {"xform": "…", "answers": {"/data/place": "…"}, "repeats": {"/data/members": 2}, "files": {"/data/photo": ["name", "base64"]}}
// Standard output: {"status": "ready", "files": {"xml_submission_file": "base64", …}}
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JSDOM } from 'jsdom';

// The engine is made for browsers: what it asks of one comes from jsdom.
const { window } = new JSDOM('', { url: 'http://localhost/' });
for (const name of [
  'window', 'document', 'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document', 'XMLDocument', 'XPathResult',
  'XPathEvaluator', 'HTMLElement', 'Attr', 'Text', 'CharacterData', 'Comment', 'CDATASection', 'ProcessingInstruction',
  'NodeFilter', 'localStorage',
]) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? window : window[name], configurable: true });
}
globalThis.__dirname = dirname(fileURLToPath(import.meta.resolve('@getodk/xforms-engine')));
const { createInstance } = await import('@getodk/xforms-engine');

const asked = JSON.parse(readFileSync(0, 'utf8'));
const { root } = await createInstance(asked.xform, {});

function* nodesIn(node) {
  yield node;
  for (const child of node.currentState.children ?? []) yield* nodesIn(child);
}
const at = (path) => [...nodesIn(root)].find((node) => node.currentState.reference === path);

for (const [path, times] of Object.entries(asked.repeats)) at(path).addInstances(0, times - 1);
for (const [path, text] of Object.entries(asked.answers)) {
  const node = at(path);
  if (node === undefined) throw new Error(`the form has no ${path}`);
  if (node.nodeType === 'select') node.selectValue(text);
  else node.setValue(node.valueType === 'int' ? BigInt(text) : text);
}
for (const [path, [name, content]] of Object.entries(asked.files)) {
  at(path).setValue(new File([Buffer.from(content, 'base64')], name, { type: 'image/jpeg' }));
}

const payload = await root.prepareInstancePayload({ payloadType: 'monolithic' });
const files = {};
for (const [name, file] of payload.data[0].entries()) {
  files[name] = [file.name, Buffer.from(await file.arrayBuffer()).toString('base64')];
}
console.log(JSON.stringify({ status: payload.status, violations: (payload.violations ?? []).length, files }));
