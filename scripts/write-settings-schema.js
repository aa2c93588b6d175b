// Writes the settings of a result into its schema, from the table of the options of a measurement. With
// --check it writes nothing and fails where the file is stale. Needs dist/ (npm run build).

import { readFileSync } from 'node:fs';
import prettier from 'prettier';
import { PING_OPTIONS } from '../dist/options/ping.js';
import { settingsSchema } from '../dist/options/settings-schema.js';
import { writePage } from './generated-page.js';

const FILE = 'schema/echogram.session-1.json';

const schema = JSON.parse(readFileSync(FILE, 'utf8'));
schema.$defs.sessionConfig = settingsSchema(PING_OPTIONS);
const options = { ...(await prettier.resolveConfig(FILE)), filepath: FILE };
const text = await prettier.format(JSON.stringify(schema, null, 2), options);
writePage(FILE, text, 'npm run docs:schema');
