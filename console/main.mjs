// Connects to the node that the address names (`?node=ws://…&cluster=0x…`), and draws again after each finalised block.

import { html, render, useEffect, useState } from './node_modules/htm/preact/standalone.module.js';
import { clusters as readClusters, connect, look } from './chain.mjs';
import { tokens } from './format.mjs';
import { Clusters, Customers, Eras, Nodes, Prices, Settled } from './views.mjs';

const DEFAULT_NODE = 'ws://127.0.0.1:9944';
const query = new URLSearchParams(location.search);
const nodeUrl = query.get('node') ?? DEFAULT_NODE;

/** Reads the chain at each finalised block; skips blocks that come while it still reads. */
function follow(api, clusterOf, onView, onError) {
	let busy = false;
	let ended = false;
	const stopped = api.rpc.chain.subscribeFinalizedHeads(async (head) => {
		if (busy || ended) return;
		busy = true;
		try {
			const clusters = await readClusters(api);
			const chosen = clusterOf() ?? clusters[0]?.id;
			const hash = await api.rpc.chain.getBlockHash(head.number.unwrap());
			const view = chosen && (await look(api, chosen, hash));
			if (!ended) onView({ block: head.number.toNumber(), clusters, chosen, view });
		} catch (error) {
			if (!ended) onError(error);
		}
		busy = false;
	});
	return () => {
		ended = true;
		stopped.then((stop) => stop());
	};
}

function App() {
	const [api, setApi] = useState();
	const [state, setState] = useState();
	const [cluster, setCluster] = useState(query.get('cluster') ?? undefined);
	const [error, setError] = useState();
	const [now, setNow] = useState(Date.now());

	useEffect(() => {
		connect(nodeUrl).then(setApi, setError);
		const timer = setInterval(() => setNow(Date.now()), 1_000);
		return () => clearInterval(timer);
	}, []);
	useEffect(() => {
		if (!api) return undefined;
		const seen = (view) => {
			setError(undefined);
			setState(view);
		};
		return follow(api, () => cluster, seen, setError);
	}, [api, cluster]);

	const choose = (id) => {
		query.set('cluster', id);
		history.replaceState(null, '', `?${query}`);
		setCluster(id);
	};
	const decimals = api?.registry.chainDecimals[0] ?? 10;
	const amount = (planck, places) => tokens(planck, decimals, places);
	const { block, clusters, chosen, view } = state ?? {};
	return html`
		<header class="page">
			<h1>DDC</h1>
			<p id="head">
				${state ? html`block <b>${block}</b>, era <b>${view?.era ?? '–'}</b>` : `asking ${nodeUrl}`}
				${api && html` · amounts in ${api.registry.chainTokens[0]}`}
			</p>
		</header>
		${error && html`<p class="error" role="alert">${String(error.message ?? error)}</p>`}
		${state && html`<${Clusters} clusters=${clusters} chosen=${chosen} choose=${choose} />`}
		${view?.prices && html`<${Prices} prices=${view.prices} amount=${amount} />`}
		${view &&
		html`
			<${Eras} eras=${view.eras} block=${block} endMs=${view.endMs} now=${now} />
			<${Nodes} nodes=${view.nodes} members=${view.members} amount=${amount} />
			<${Settled} receipts=${view.receipts} amount=${amount} />
			<${Customers} customers=${view.customers} amount=${amount} eraMs=${view.endMs - view.startMs} />
		`}
	`;
}

render(html`<${App} />`, document.getElementById('app'));
