import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import type { ViteUserConfig } from "vitest/config";

const executablePath = process.env["CHROMIUM_PATH"];

// Real Chromium, no emulation. The two headers give the page shared memory, so that the fast paths run.
const config: ViteUserConfig = {
  root: fileURLToPath(new URL("../..", import.meta.url)),
  server: {
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
  // Named, or they are found while a test runs and the page is loaded anew in its middle.
  optimizeDeps: {
    include: [
      "onnxruntime-web/wasm",
      "onnxruntime-web/webgpu",
      "dicom-parser",
      "fflate",
      "jpeg-lossless-decoder-js",
      "@cornerstonejs/codec-openjpeg/decode",
      "@cornerstonejs/codec-charls/decode",
      "@cornerstonejs/codec-libjpeg-turbo-8bit/decode",
    ],
  },
  test: {
    include: ["tests/browser/**/*.test.ts"],
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          args: [
            "--no-sandbox",
            // WebGPU on the processor where there is no graphics card.
            "--enable-unsafe-webgpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
          ],
          ...(executablePath ? { executablePath } : {}),
        },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
};
export default config;
