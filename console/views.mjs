// What each part of the page looks like.

import { html } from './node_modules/htm/preact/standalone.module.js';
import { arcs, PARTS, shares, short, span } from './format.mjs';

const COLOURS = 8;
const colour = (n) => `c${n % COLOURS}`;

const Key = ({ value }) => html`<code title=${value}>${short(value)}</code>`;

const Section = ({ id, title, note, children }) =>
	html`<section id=${id}>
		<h2>${title}</h2>
		${note && html`<p class="note">${note}</p>`} ${children}
	</section>`;

const Table = ({ head, rows }) =>
	html`<div class="scroll">
		<table>
			<thead>
				<tr>
					${head.map((name) => html`<th class=${name.startsWith('#') ? 'number' : ''}>${name.replace(/^#/, '')}</th>`)}
				</tr>
			</thead>
			<tbody>
				${rows}
			</tbody>
		</table>
	</div>`;

export const Clusters = ({ clusters, chosen, choose }) =>
	html`<${Section} id="clusters" title="Clusters">
		<${Table}
			head=${['cluster', 'status', 'manager', 'reserve', 'coding', '#copies']}
			rows=${clusters.map(
				(cluster) =>
					html`<tr class=${cluster.id === chosen ? 'chosen' : ''}>
						<td>
							<button aria-pressed=${cluster.id === chosen} onClick=${() => choose(cluster.id)}>
								<${Key} value=${cluster.id} />
							</button>
						</td>
						<td><span class="state ${cluster.status.toLowerCase()}">${cluster.status}</span></td>
						<td><${Key} value=${cluster.manager} /></td>
						<td><${Key} value=${cluster.reserve} /></td>
						<td>${cluster.coding}</td>
						<td class="number">${cluster.copies}</td>
					</tr>`,
			)}
		/>
	<//>`;

export const Prices = ({ prices, amount }) =>
	html`<dl id="prices" class="figures">
		<div><dt>MiB stored, a month</dt><dd>${amount(prices.perMibMonthStored, 6)}</dd></div>
		<div><dt>MiB streamed</dt><dd>${amount(prices.perMibStreamed, 6)}</dd></div>
		<div><dt>put</dt><dd>${amount(prices.perPut, 6)}</dd></div>
		<div><dt>get</dt><dd>${amount(prices.perGet, 6)}</dd></div>
	</dl>`;

const RADIUS = 84;
const point = (turn) => {
	const angle = 2 * Math.PI * turn - Math.PI / 2;
	return `${(RADIUS * Math.cos(angle)).toFixed(2)} ${(RADIUS * Math.sin(angle)).toFixed(2)}`;
};

const Ring = ({ nodes }) => {
	const all = arcs(nodes.map((node) => node.tokens));
	if (!all.length) return html`<p class="note">No node has a token on the ring.</p>`;
	return html`<svg class="ring" viewBox="-100 -100 200 200" role="img" aria-label="The ring: which node owns which part">
		${all.map(
			({ node, from, to, whole }) =>
				html`<path
					class=${colour(node)}
					d=${whole
						? `M ${point(0)} A ${RADIUS} ${RADIUS} 0 1 1 ${point(0.5)} A ${RADIUS} ${RADIUS} 0 1 1 ${point(1)}`
						: `M ${point(from)} A ${RADIUS} ${RADIUS} 0 ${to - from > 0.5 ? 1 : 0} 1 ${point(to)}`}
				>
					<title>${nodes[node].address}: ${((to - from) * 100).toFixed(1)} %</title>
				</path>`,
		)}
		<text y="-4">${nodes.length} nodes</text>
		<text y="14" class="small">${all.length} tokens</text>
	</svg>`;
};

export const Nodes = ({ nodes, members, amount }) => {
	const owned = shares(nodes.map((node) => node.tokens));
	const note = members > nodes.length && `The first ${nodes.length} of ${members}; the ring is theirs only.`;
	return html`<${Section} id="nodes" title="Nodes and ring" note=${note}>
		<div class="side">
			<${Ring} nodes=${nodes} />
			<${Table}
				head=${['', 'node', 'provider', 'address', 'standing', '#bond', '#fenced', '#ring']}
				rows=${nodes.map(
					(node, n) =>
						html`<tr>
							<td><i class="swatch ${colour(n)}"></i></td>
							<td><${Key} value=${node.address} /></td>
							<td><${Key} value=${node.provider} /></td>
							<td>${node.host}</td>
							<td>
								${node.standing
									? html`<span class="state bad" title=${node.standing}>${node.standing}</span>`
									: html`<span class="state good">${node.status === 'ValidationSucceeded' ? 'good' : node.status}</span>`}
							</td>
							<td class="number">${amount(node.bond, 0)}</td>
							<td class="number">${node.fenced ? amount(node.fenced, 0) : '–'}</td>
							<td class="number">${(owned[n] * 100).toFixed(1)} %</td>
						</tr>`,
				)}
			/>
		</div>
	<//>`;
};

const STEPS = ['Serving', 'Uncommitted', 'Drawing', 'Tier0', 'Tier1', 'Bill', 'Settling'];
const STEP_NAMES = {
	Serving: 'serving',
	Uncommitted: 'waits for the commit',
	Drawing: 'draw',
	Tier0: 'committees vote',
	Tier1: 'all vote',
	Bill: 'bill vote',
	Settling: 'settling',
};

const Era = ({ era, block, endMs, now }) => {
	const at = STEPS.indexOf(era.phase);
	const voting = ['Tier0', 'Tier1', 'Bill'].includes(era.phase);
	const counted = era.votes.filter(({ voted }) => voted).length;
	return html`<article class="era" data-phase=${era.phase}>
		<header>
			<h3>Era ${era.era}</h3>
			<span>
				${era.phase === 'Serving'
					? `ends in ${span(endMs - now)}`
					: era.committedAt === undefined
						? 'not committed yet'
						: `committed in block ${era.committedAt}`}
			</span>
		</header>
		<ol class="steps">
			${STEPS.map(
				(step, n) =>
					html`<li class=${n < at ? 'past' : n === at ? 'now' : ''} aria-current=${n === at ? 'step' : undefined}>
						${STEP_NAMES[step]}
					</li>`,
			)}
		</ol>
		${voting &&
		html`<p class="votes" data-votes=${counted}>
			${era.votes.map(
				({ who, voted }) =>
					html`<i class=${voted ? 'vote in' : 'vote'} title=${`${who}${voted ? '' : ': not yet'}`}></i>`,
			)}
			${counted} of ${era.votes.length} ballots in${era.deadline > block ? `, ${era.deadline - block} blocks left` : ''}
		</p>`}
		${era.verdicts.length > 0 &&
		html`<p class="verdicts">
			${era.verdicts.map((verdict) => html`<span class="state ${verdict === 'Reward' ? 'good' : 'bad'}">${verdict}</span>`)}
		</p>`}
	</article>`;
};

export const Eras = ({ eras, block, endMs, now }) =>
	html`<${Section} id="eras" title="Eras under way">
		<div class="eras">${eras.map((era) => html`<${Era} key=${era.era} ...${{ era, block, endMs, now }} />`)}</div>
	<//>`;

const Bar = ({ receipt }) => {
	let x = 0;
	return html`<svg class="bar" viewBox="0 0 1000 12" preserveAspectRatio="none" role="img" aria-label="Shares">
		${PARTS.map(([field, name], n) => {
			const width = receipt.charged > 0n ? Number((receipt[field] * 100_000n) / receipt.charged) / 100 : 0;
			const from = x;
			x += width;
			return width > 0 && html`<rect class=${colour(n)} x=${from} width=${Math.max(width - 2, 1)} height="12"><title>${name}</title></rect>`;
		})}
	</svg>`;
};

export const Settled = ({ receipts, amount }) =>
	html`<${Section} id="settled" title="Closed eras: where the money went">
		<${Table}
			head=${['era', 'end', '#receipts', '#customers', '#paid', ...PARTS.map(([, name]) => `#${name}`), '#owed', '']}
			rows=${receipts.map(
				(receipt) =>
					html`<tr>
						<td>${receipt.era}</td>
						<td><span class="state ${receipt.end === 'Settled' ? 'good' : 'bad'}">${receipt.end}</span></td>
						<td class="number">${receipt.receipts}</td>
						<td class="number">${receipt.customers}</td>
						<td class="number">${amount(receipt.charged)}</td>
						${PARTS.map(([field]) => html`<td class="number">${receipt[field] ? amount(receipt[field]) : '–'}</td>`)}
						<td class="number">${receipt.debt ? amount(receipt.debt) : '–'}</td>
						<td class="wide"><${Bar} receipt=${receipt} /></td>
					</tr>`,
			)}
		/>
		<p class="legend">${PARTS.map(([, name], n) => html`<span><i class="swatch ${colour(n)}"></i> ${name}</span>`)}</p>
	<//>`;

const SOON_MS = 24 * 3_600_000;

export const Customers = ({ customers, amount, eraMs }) =>
	html`<${Section}
		id="customers"
		title="Customers' runway"
		note=${`How long a deposit lasts at the cost of the last day, or of the last three eras (${span(eraMs)}) where the DAC does not tell; the shortest first, of at most 20 customers. Used is what no bill has yet.`}
	>
		<${Table}
			head=${['customer', '#balance', '#debt', '#used', '#cost of an era', '#lasts for', '']}
			rows=${customers.map(
				(customer) =>
					html`<tr>
						<td><${Key} value=${customer.who} /></td>
						<td class="number">${amount(customer.balance)}</td>
						<td class="number">${customer.debt ? amount(customer.debt) : '–'}</td>
						<td class="number used">${customer.unbilled === undefined ? '–' : amount(customer.unbilled)}</td>
						<td class="number">${customer.cost === undefined ? '–' : amount(customer.cost)}</td>
						<td class="number runway">${customer.runwayMs === undefined ? '–' : span(customer.runwayMs)}</td>
						<td>
							${customer.debt > 0n
								? html`<span class="state bad">suspended</span>`
								: customer.runwayMs < SOON_MS && html`<span class="state warn">less than a day</span>`}
						</td>
					</tr>`,
			)}
		/>
	<//>`;
