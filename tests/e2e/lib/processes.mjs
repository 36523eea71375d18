import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from './log.mjs';

const STOP_MS = 5_000;
/** What /proc counts processor time in. */
const TICKS_PER_SECOND = 100;

/** The processes of one run. Each writes to its own log file. */
export class Processes {
	#children = new Map();
	#seen = {};
	#stopping = false;
	#fail;
	/** Rejects when a process ends that nobody stopped; except with success, if it was started as one that does. */
	failed;

	constructor(logs) {
		this.logs = logs;
		this.failed = new Promise((_, reject) => {
			this.#fail = reject;
		});
		// Nobody may be waiting yet.
		this.failed.catch(() => {});
	}

	start(name, command, args, { env = {}, ends = false } = {}) {
		const log = openSync(join(this.logs, `${name}.log`), 'a');
		// In a group of its own, so that Ctrl-C reaches only us and we stop it in order.
		const child = spawn(command, args, {
			detached: true,
			env: { ...process.env, ...env },
			stdio: ['ignore', log, log],
		});
		closeSync(log);
		this.#children.set(name, child);
		const ended = (how, isGood = false) => {
			this.#children.delete(name);
			if (!this.#stopping && !isGood) this.#fail(new RunError(`${name} ${how}\n${this.tail(name)}`));
		};
		child.once('error', (error) => ended(`could not be started: ${error.message}`));
		child.once('exit', (code, signal) => ended(`ended with ${signal ?? `status ${code}`}`, ends && code === 0));
		return child;
	}

	/** The last lines of a process's log. */
	tail(name, lines = 15) {
		try {
			return readFileSync(join(this.logs, `${name}.log`), 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
		} catch {
			return '';
		}
	}

	/** What each process took so far, or when it was last asked for: its most memory in bytes, its processor time in seconds. */
	usage() {
		const usage = this.#seen;
		for (const [name, { pid }] of this.#children) {
			try {
				const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
				// After the command, which may hold spaces: user and system time are the 12th and 13th.
				const times = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
				const seconds = (Number(times[11]) + Number(times[12])) / TICKS_PER_SECOND;
				usage[name] = { memory: Number(kib) * 1024, seconds };
			} catch {
				// Not on this system, or the process is gone.
			}
		}
		const { user, system } = process.cpuUsage();
		usage.localnet = { memory: process.resourceUsage().maxRSS * 1024, seconds: (user + system) / 1e6 };
		return { ...usage };
	}

	/** Stops everything, last started first; kills what does not stop in time. */
	async stop() {
		this.#stopping = true;
		const children = [...this.#children.values()].reverse();
		await Promise.all(
			children.map(
				(child) =>
					new Promise((resolve) => {
						if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
						const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
						child.once('exit', () => {
							clearTimeout(timer);
							resolve();
						});
						child.kill('SIGTERM');
					}),
			),
		);
	}

	/** For a process that must end now. */
	killAll() {
		this.#stopping = true;
		for (const child of this.#children.values()) child.kill('SIGKILL');
	}
}
