// Questions to the program on this computer. No other address is ever asked.
import { language } from './dom.js';

export class Refused extends Error {
	constructor(status, answer) {
		super(answer.error ? answer.error.text : String(status));
		this.status = status;
		this.answer = answer;
	}
}

let locked = null;
export const whenLocked = (f) => { locked = f; };

export async function ask(path, question = {}) {
	const response = await fetch('/api/' + path, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', 'Ketnap-Lang': language() },
		body: JSON.stringify(question),
		keepalive: true,
	});
	const text = await response.text();
	let answer;
	try {
		answer = JSON.parse(text);
	} catch {
		answer = { error: { code: 'io', text } };
	}
	if (response.status === 401 && locked) { // somebody signs in, and it goes on
		await locked();
		return ask(path, question);
	}
	if (!response.ok)
		throw new Refused(response.status, answer);
	return answer;
}
