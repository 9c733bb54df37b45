import { defineConfig } from "vitest/config";
import { engineMends } from "./engine-mends";

export default defineConfig({
  // The page is served from wherever harvest puts it.
  base: "./",
  plugins: [engineMends()],
  build: { target: "esnext" },
  worker: { format: "es" },
  // The development server would bundle butterchurn ahead, past the mends.
  optimizeDeps: { exclude: ["butterchurn"] },
  // A busy machine is slow, not wrong.
  test: { testTimeout: 120_000 },
});
