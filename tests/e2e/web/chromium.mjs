// One Chromium for all steps of a walk; its address is the only line. Each step has a context of its own in it: no cookie and
// no storage goes from one to the next. Ends with whoever has started it.
import { createRequire } from 'node:module';

const { chromium } = createRequire(process.env.KETNAP_PLAYWRIGHT + '/')('playwright-core');
const server = await chromium.launchServer({ executablePath: process.env.KETNAP_CHROMIUM || '/usr/bin/chromium', host: '127.0.0.1',
	args: ['--no-sandbox', '--disable-gpu'] });
console.log(server.wsEndpoint());
