// One step of what people do at the pages, in a real browser; web.sh sets the stage.
// usage: node walk.mjs STEP ADDRESS
import { equal } from 'node:assert/strict';
import { address, begin, browser, mistakes, page } from './browser.mjs';
import pages from './pages.mjs';
import grid from './grid.mjs';
import boards from './boards.mjs';
import look from './look.mjs';
import papers from './papers.mjs';
import register from './register.mjs';
import first from './first.mjs';
import changes from './changes.mjs';
import forms from './forms.mjs';
import records from './records.mjs';
import moved from './moved.mjs';

const step = process.argv[2];
await begin(address);
try {
	await { ...pages, ...grid, ...boards, ...look, ...papers, ...register, ...first, ...changes, ...forms, ...records, ...moved }[step]();
	equal(mistakes().join('\n'), '');
} catch (e) {
	await page.screenshot({ path: `failed-${step}.png`, fullPage: true });
	throw e;
} finally {
	await browser.close();
}
