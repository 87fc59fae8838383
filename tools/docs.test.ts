/** Every relative link of every document leads to a file, so that a file that moves takes its mentions along. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md'], { cwd: root });

test('the documents are there', () => {
  for (const name of [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'docs/frame-walk.md',
  ]) {
    assert.ok(documents.includes(name), name);
  }
});

for (const document of documents) {
  test(`links of ${document}`, () => {
    const text = readFileSync(join(root, document), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^([a-z]+:|#)/.test(target))
      .filter((target) => !existsSync(join(root, dirname(document), target.replace(/#.*$/, ''))));
    assert.deepEqual(broken, [], `${document} links to files that are not there`);
  });
}
