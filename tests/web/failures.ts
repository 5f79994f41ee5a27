// Says last, in few lines, what failed and what stood on the pages: where only a log's end is kept, that is it.

import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { FullConfig, Reporter, Suite } from "@playwright/test/reporter";

const ERROR_LINES_MAX = 12;
const PAGE_CHARS_MAX = 1_500;

export default class Failures implements Reporter {
  #suite: Suite | undefined;

  onBegin(_: FullConfig, suite: Suite): void {
    this.#suite = suite;
  }

  onEnd(): void {
    for (const test of this.#suite?.allTests() ?? []) {
      const result = test.results.at(-1);
      if (test.ok() || result === undefined) continue;
      console.log(`\nFailed: ${test.title} (${test.location.file}:${test.location.line})`);
      for (const { message = "" } of result.errors) {
        console.log(stripVTControlCharacters(message).split("\n").slice(0, ERROR_LINES_MAX).join("\n"));
      }
      for (const { name, path } of result.attachments) {
        if (name === "error-context" && path) console.log(pageIn(readFileSync(path, "utf8")));
      }
    }
  }
}

/** What a person would have read there, from the accessibility tree that Playwright keeps of a failure. */
function pageIn(context: string): string {
  const tree = context.split("```yaml")[1]?.split("```")[0] ?? "";
  return tree.length > PAGE_CHARS_MAX ? `${tree.slice(0, PAGE_CHARS_MAX)} …` : tree;
}
