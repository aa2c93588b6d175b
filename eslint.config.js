import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist/', 'build/', '.build/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // A typed array indexed in range is a number; `!` says so and costs nothing at run time.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // What `using` holds for its end only is not used before.
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 15],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        {
          name: 'process',
          message:
            'Only cli/bin.ts, main.ts, signals.ts and job-control.ts touch process, and the few files that test/unit/imports.test.ts lists.',
        },
      ],
    },
  },
  {
    // By the global: `import … from 'node:process'` calls every getter of it, 4 ms in each thread.
    files: [
      'src/version.ts',
      'src/executable/koffi.ts',
      'src/client/host/helper-time.ts',
      'src/socket/linux/availability.ts',
      'src/watch/history/sqlite.ts',
      'src/socket/linux/stop-switch.ts',
    ],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    // node:test returns promises that the runner itself awaits, and a test body may be long.
    files: ['test/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
      'max-lines-per-function': 'off',
      'no-restricted-globals': 'off',
    },
  },
  {
    // Compiled and never run: a value stands there for the sake of its type.
    files: ['**/*.test-d.ts'],
    rules: {
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
    },
  },
  {
    files: ['src/cli/bin.ts', 'src/cli/main.ts', 'src/cli/signals.ts', 'src/cli/job-control.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  { files: ['examples/**/*.ts'], rules: { 'no-console': 'off', 'no-restricted-globals': 'off' } },
);
