// The pictures of the documents: not tests, taken by `make screenshots`.

import config from "./playwright.config.ts";

export default { ...config, testMatch: "*.shots.ts", timeout: 180_000 };
