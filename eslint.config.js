// The import law of the architecture: what a directory may import, and nothing else.
import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';

const roles = ['supervisor', 'heartbeat', 'control', 'network', 'scripts', 'web', 'ctl'];
const shared = ['core', 'wire', 'config', 'ipc', 'log'];
const mayImport = {
  core: [],
  wire: ['core'],
  config: ['core', 'wire'],
  ipc: ['core', 'wire', 'config'],
  log: [],
};
for (const role of roles) mayImport[role] = shared;

const directories = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const importLaw = directories.map((directory) => {
  const allowed = mayImport[directory];
  if (allowed === undefined) throw new Error(`src/${directory}: no import law; add it to eslint.config.js`);
  const forbidden = [...shared, ...roles].filter((name) => name !== directory && !allowed.includes(name));
  const patterns = [
    {
      group: forbidden.map((name) => `**/${name}/**`),
      message: `src/${directory} may import only: ${[directory, ...allowed].join(', ')}`,
    },
  ];
  if (directory === 'core')
    patterns.push({ group: ['node:*'], message: 'the core is pure: no clock, chance or IO' });
  return {
    files: [`src/${directory}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
});

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'setTimeout',
        'setInterval',
        'performance',
        'Date',
        'Buffer',
        'console',
      ],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
    },
  },
  {
    // A suite is a list of sentences, not a function to be read whole; node:test's promises belong to its runner.
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  ...importLaw,
);
