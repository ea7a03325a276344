import { a as T, i as A, n as O, o as $, r as y, s as Q, t as a } from "./vendor.js";
// src/words.ts
var reasons = {
	at_capacity: "full",
	bad_request: "not able to use this message",
	cancelled: "not waited for",
	connect_timeout: "not reachable",
	connection_reset: "not reachable",
	context_length: "too small for this conversation",
	cut_off: "breaking off",
	deadline: "too slow",
	diverted: "failing too often",
	dns: "not reachable",
	empty: "returning errors",
	engine: "not running",
	first_token_timeout: "too slow",
	foreign_state: "not able to use this message",
	goaway: "not reachable",
	key_refused: "refusing our key",
	malformed: "returning errors",
	no_key: "without a working key",
	no_progress: "too slow",
	no_seam: "not able to go on",
	not_reachable: "not reachable",
	not_served: "not offering this model",
	off: "put to rest by its operator",
	out_of_credit: "out of credit",
	outpaced: "slower",
	overloaded: "overloaded",
	policy: "declining to answer",
	prefill: "not able to go on",
	protocol: "returning errors",
	rate_limited: "rate-limited",
	repetition: "repeating itself",
	resting: "resting",
	server_error: "returning errors",
	slow_down: "rate-limited",
	stalled: "too slow",
	timeout: "too slow",
	tls: "not reachable",
	too_large: "too small for this conversation",
	transient: "returning errors",
	unsupported: "not able to use this message",
	unsupported_field: "not able to use this message",
	warming_up: "still loading",
	wrong_content_type: "returning errors"
};
var words = {
	product: "Handover",
	nav: {
		label: "Main",
		chat: "Chat",
		status: "Status",
		skip: "Skip to the content"
	},
	signal: {
		"4": {
			word: "Full",
			sentence: "The lead model is answering."
		},
		"3": {
			word: "Good",
			sentence: "A backup that is as good as the lead, as its operator rates it."
		},
		"2": {
			word: "Reduced",
			sentence: "A backup is answering. Fine for everyday work, check details that matter."
		},
		"1": {
			word: "Basic",
			sentence: "Last resort. Keep it short and check the answer."
		},
		"0": {
			word: "No signal",
			sentence: "No model can answer right now."
		},
		unrated: {
			word: "Unrated",
			sentence: "This backup has not been compared with the lead yet."
		}
	},
	state: {
		answering: {
			word: "Answering",
			mark: "●"
		},
		ready: {
			word: "Ready",
			mark: "●"
		},
		slow: {
			word: "Slow",
			mark: "△"
		},
		resting: {
			word: "Resting",
			mark: "✕"
		},
		testing: {
			word: "Testing",
			mark: "△"
		},
		returning: {
			word: "Coming back",
			mark: "△"
		},
		full: {
			word: "Full",
			mark: "△"
		},
		standby: {
			word: "Standby",
			mark: "◇"
		},
		off: {
			word: "Off",
			mark: "✕"
		}
	},
	reason: (code) => reasons[code] ?? "returning errors",
	time: {
		days: "days",
		ago: (time) => `${time} ago`,
		none: "–"
	},
	chip: {
		open: (word) => `Signal: ${word}. What does it mean?`,
		lead: "on the lead model",
		backup: "running on a backup",
		none: "no model can answer",
		unknown: "not known yet",
		unreachable: "gateway not reachable",
		chain: "In this order:",
		nextTry: (model, time) => `${model} is resting, next try in ${time}`,
		isOff: (model) => `${model} was put to rest by its operator`,
		toStatus: "See the status page",
		meaning: "The bars show how close the answering model is to our usual one, not how fast it is."
	},
	role: {
		lead: "lead",
		backup: (place, of) => `backup ${place} of ${of}`,
		last: "last resort"
	},
	chat: {
		title: "Chat",
		you: "You",
		assistant: "Assistant",
		first: "The bars show how close the answering model is to our usual one.",
		examples: [
			"Explain in three sentences why the sky is blue.",
			"Write a short e-mail that moves a meeting to Thursday.",
			"Give me a Python function that counts the words of a text."
		],
		label: "Message",
		placeholder: "Write a message",
		send: "Send",
		stop: "Stop",
		enterSends: "Enter sends",
		newText: "New text",
		answerLabel: (number, signal, model) => `Answer ${number}, ${signal}, ${model}`,
		asking: (model) => `Asking ${model}…`,
		askingSince: (model, seconds) => `Asking ${model}… ${seconds} s`,
		sending: "Sending…",
		failedAsking: (model, reason, next) => `${model} is ${reason}. Asking ${next}…`,
		failedWaiting: (model, reason) => `${model} is ${reason}. Looking for another model…`,
		thinking: "Thinking",
		thought: "What the model thought",
		handingOver: "Another model is asked to go on…",
		queued: "It will be sent when you are back online.",
		copy: "Copy",
		copied: "Copied",
		notCopied: "The browser did not allow it",
		again: "Try again",
		againSame: "The same choice",
		againModel: (model) => `Ask ${model}`,
		againChoose: "Choose a model…",
		details: "Details",
		edit: "Edit message",
		version: (number, of) => `Answer ${number} of ${of}`,
		earlier: "Earlier answer",
		later: "Later answer",
		leadIsBack: (model) => `${model} is back.`,
		askAgain: "Ask it again",
		stoppedByYou: "Stopped by you.",
		goOn: "Continue",
		lengthEnd: "The answer reached the length limit.",
		filtered: "The provider's filter ended this answer.",
		openOlder: (count) => `Show ${count} earlier messages`,
		otherTab: "This conversation was changed in another tab. It is shown as it is there.",
		longMessage: (size) => `This message is long (${size}). Some models cannot take it whole.`
	},
	notice: {
		title: "Answered by a backup.",
		otherProviderTitle: "Answered from another provider.",
		wasSo: (failed, model) => `${failed}, so ${model} answered.`,
		was: (model, reason) => `${model} was ${reason}`,
		and: " and ",
		added: (time) => `Added ${time}.`,
		resting: (model, until, other) => until ? `${model} is resting until about ${until}, so ${other} answered.` : `${model} is resting, so ${other} answered.`,
		off: (model, other) => `${model} was put to rest by its operator, so ${other} answered.`,
		chosen: (model, reason, other) => `You chose ${model}. It was ${reason}, so ${other} answered.`,
		onlyUse: (model) => `Only use ${model}`,
		canary: (model) => `A routine check: ${model} was asked although the lead is well.`,
		cached: (time) => `An answer kept from ${time} ago: nobody could answer now.`,
		whatHappened: "What happened",
		hide: "Do not show this notice again",
		otherProvider: (first, reason, second) => `${first} was ${reason}; ${second} runs the same model.`
	},
	seam: {
		continued: (from, to) => `${from} stopped here · ${to} continued`,
		restarted: (from, to) => `${from} stopped · ${to} started again`,
		folded: (from, count, to) => `${from} stopped after ${count} words. ${to} started again.`
	},
	details: {
		title: "What happened",
		arrived: "Asked",
		attempt: (model, words, time) => `${model}: ${words}, after ${time}`,
		passedOver: (model, words) => `${model}: passed over, ${words}`,
		served: (model, first, whole) => `${model}: first word after ${first}, done after ${whole}`,
		servedSoFar: (model, first) => `${model}: first word after ${first}`,
		tookOver: (from, words, to) => `${from} ${words}; ${to} went on`,
		firstWord: "First word",
		firstWordTip: "Time to first token, from sending to the first word",
		total: "Total",
		tokensIn: "Tokens in",
		tokensOut: "Tokens out",
		cost: "Cost",
		noPrice: "no price is configured",
		request: "Request",
		copyId: "Copy the request's id",
		signalMeans: "Signal",
		dropped: (fields) => `Not told to this model, which cannot express it: ${fields}`,
		waterfall: "Attempts in the order of time"
	},
	picker: {
		label: "Model",
		auto: "Auto: best available",
		autoRoute: (route) => `${route}: best available`,
		recommended: "recommended",
		search: "Find a model",
		none: "No model has this name.",
		only: "Only this model (no backup)",
		fromNext: "From your next message",
		gone: (model) => `${model} is no longer offered here. Auto is used instead.`,
		chain: (names) => names.join(", then "),
		more: (count) => `and ${count} more; type to find one`,
		noStatus: "The list of models is not here yet."
	},
	drawer: {
		open: "Conversations",
		title: "Conversations",
		close: "Close",
		new: "New chat",
		untitled: "New chat",
		rename: "Rename",
		renameLabel: "Name of the conversation",
		save: "Save",
		export: "Export as Markdown",
		remove: "Delete",
		removeAll: "Delete all",
		sureAll: "Delete all conversations? They are kept in this browser only.",
		sureOne: (title) => `Delete “${title}”?`,
		yes: "Delete",
		no: "Keep",
		kept: "Kept in this browser only, the last 50.",
		settings: "Settings",
		showBackup: "Show when a backup answers",
		readAloud: "Read answers aloud to screen readers",
		phoneStyle: "Call the signal 5G, 4G, 3G, EDGE"
	},
	keys: {
		title: "Keys",
		open: "Keyboard shortcuts",
		list: [
			["Enter", "send"],
			["Shift+Enter", "new line"],
			["Esc", "stop, or close"],
			["↑ in an empty message", "edit the last message"],
			["Ctrl+K", "choose a model"],
			["Ctrl+Shift+O", "new chat"],
			["Alt+R", "go to the error's first button"],
			["↑ ↓ on an answer", "from answer to answer"],
			["c, r, d on an answer", "copy, try again, details"],
			["?", "this list"]
		]
	},
	error: {
		all_failed: {
			title: "No model could answer.",
			text: (tried) => `Tried ${tried}. Your message is kept.`
		},
		cut_off: {
			title: "The answer was cut off.",
			text: (model) => `${model} stopped sending and no other model went on. The text above is kept.`
		},
		pinned_down: {
			title: (model) => `${model} is not available.`,
			text: (reason) => `It is ${reason}. You asked for only this model.`
		},
		too_long: {
			title: (model) => `This conversation is too long for ${model}.`,
			text: (pages) => `It holds about ${pages} pages. Your message is kept.`
		},
		refused: {
			title: (model) => `${model} declined to answer.`,
			text: "This is the model's own decision, not a failure. Your message is kept."
		},
		bad_request: {
			title: (model) => `${model} could not use this message.`,
			text: (why) => `${why} Your message is kept.`
		},
		no_such_model: {
			title: (model) => `${model} is no longer offered here.`,
			text: "Choose another model; your message is kept."
		},
		config: {
			title: "The gateway is not set up for this.",
			text: "An administrator needs to look at it. Your message is kept."
		},
		offline: {
			title: "You are offline.",
			text: "Your message is kept and will be sent when you are back.",
			gateway: "The gateway itself does not answer.",
			retrying: (seconds) => `Your message is kept. Trying again in ${seconds} s.`
		},
		lost: {
			title: "The connection to this answer was lost.",
			text: "The gateway no longer has it. The text above is kept."
		},
		storage: {
			title: "This browser cannot keep the conversation.",
			full: "Its storage is full. Delete old conversations, or export this one. Everything stays on this page until you close it.",
			blocked: "Its storage is blocked. Everything stays on this page until you close it."
		},
		freeIn: (time) => `free in ${time}`,
		tryAgainIn: (time) => `Trying may help in ${time}.`,
		request: (id) => `Request ${id}`,
		buttons: {
			again: "Try again",
			choose: "Choose a model",
			goOn: "Continue the answer",
			over: "Start over",
			tryModel: (model) => `Try ${model} again`,
			best: "Use best available",
			summary: "Start a new chat with this message",
			bigger: (model) => `Use ${model}`,
			edit: "Edit message",
			other: "Ask another model",
			report: "Copy report",
			now: "Send now",
			export: "Export as Markdown"
		}
	},
	say: {
		answering: (model) => `${model} is answering`,
		switched: (to, from, reason) => `Switched to ${to}, ${from} was ${reason}`,
		wentOn: (to, from) => `${from} stopped, ${to} continues`,
		complete: (count, signal) => `Answer complete, ${count} words, signal ${signal}`,
		stopped: "Answer stopped"
	},
	status: {
		title: "Status",
		headline: {
			lead: "Everything on the lead model",
			backup: "Running on a backup",
			none: "No model can answer"
		},
		tab: {
			lead: "Lead",
			backup: "Backup",
			none: "No signal"
		},
		sinceLead: (route, model, time) => `Route ${route} has answered with ${model} since ${time}.`,
		sinceNone: (route, time) => `Route ${route} has had nobody since ${time}.`,
		failed: (count) => count === 0 ? "Nobody has seen an error." : count === 1 ? "1 answer has failed since." : `${count} answers have failed since.`,
		live: (age) => `Live, updated ${age} ago`,
		stale: (age) => `No update for ${age}, numbers may be old`,
		waiting: "Waiting for the gateway…",
		paused: "Paused",
		pause: "Pause",
		resume: "Go on",
		contentOn: "Prompts are kept: log.content is on",
		routes: "Routes",
		now: "now",
		then: "then",
		or: "or",
		targets: "Providers",
		columns: {
			target: "Target",
			signal: "Signal",
			state: "State",
			beats: "Last 30 min",
			success: "Success",
			firstWord: "First word p95",
			perMinute: "Req/min",
			today: "Today",
			lastError: "Last error"
		},
		nextTry: (time) => `next try in ${time}`,
		forced: "forced by an operator",
		noneToday: "none",
		beatsLabel: (bad, slow) => bad + slow === 0 ? "last 30 minutes: nothing bad" : `last 30 minutes: ${bad} with failures, ${slow} slow`,
		test: "Test now",
		rest: "Put to rest",
		use: "Use again",
		sureRest: (model) => `Put ${model} to rest? No request is sent there until you use it again.`,
		yes: "Put to rest",
		no: "Keep",
		tested: (time) => `A real token came after ${time}`,
		testFailed: (why) => `No token: ${why}`,
		testing: "Asking for one real token…",
		settings: "Settings in force",
		breaker: "Circuit breaker",
		key: (number) => `key ${number}`,
		inFlight: (count, limit) => limit === null ? `${count} answers under way` : `${count} of ${limit} answers under way`,
		diverted: (share) => `${share} sent elsewhere`,
		price: (input, output) => `${input} in, ${output} out per million tokens`,
		noPrice: "no price in the configuration",
		errors: "Recent errors",
		hour: "Last hour",
		answers: "Answers per minute",
		bySignal: "by signal",
		firstWords: "First word, p95",
		seconds: "seconds",
		costChart: "Cost",
		perMinute: (currency) => `${currency} per minute`,
		asTable: "Show as table",
		asChart: "Show as chart",
		nothingYet: "Nothing in the last hour.",
		noPrices: "No target has a price. Give one in the configuration: price = { input = 0.15, output = 0.60 }.",
		minute: "Minute",
		failedColumn: "Failed",
		switches: "Recent hand-overs",
		noSwitches: "None since the gateway started.",
		switchColumns: {
			time: "Time",
			route: "Route",
			fromTo: "From → to",
			why: "Why",
			when: "When",
			added: "Added",
			request: "Request"
		},
		when: {
			before_first_word: "before first word",
			continued: "mid-answer, continued",
			restarted: "mid-answer, started again"
		},
		requests: "Requests",
		requestColumns: {
			time: "Time",
			route: "Route",
			served: "Answered by",
			signal: "Signal",
			outcome: "Outcome",
			took: "Took",
			attempts: "Tries"
		},
		outcome: {
			complete: "complete",
			interrupted: "broke off",
			failed: "failed",
			cancelled: "caller left"
		},
		filters: {
			title: "Filter",
			route: "Route",
			target: "Target",
			signal: "Signal",
			all: "all",
			switched: "only switched",
			failed: "only failed",
			slower: "slower than (s)",
			clear: "Clear",
			count: (shown, of) => `${shown} of ${of}`
		},
		noRequests: "No request has ended yet.",
		noMatch: "No request matches.",
		story: "The story of this request",
		prompt: "Asked",
		close: "Close",
		noPrompt: "Prompts and answers are not kept."
	}
};
Object.keys(reasons);
words.error;
// src/chat/page.tsx
function ChatPage() {
	return a("main", {
		id: "main",
		class: "chat",
		children: a("h1", {
			class: "sr",
			children: words.chat.title
		})
	});
}
// src/shared/api.ts
function parts(target) {
	const at = target.indexOf("/");
	return at < 0 ? {
		provider: "",
		model: target
	} : {
		provider: target.slice(0, at),
		model: target.slice(at + 1)
	};
}
function modelName(target, among = []) {
	const { model } = parts(target);
	return among.some((other) => other !== target && parts(other).model === model) ? target : model;
}
var status = y(null);
var history$1 = y(null);
var updatedAt = y(null);
var now = y(performance.now());
var paused = y(false);
var ageMs = O(() => updatedAt.value === null ? null : Math.max(0, now.value - updatedAt.value));
var isStale = O(() => ageMs.value !== null && ageMs.value > 5e3);
O(() => {
	const at = status.value?.at_ms;
	return at === void 0 ? Date.now() : at + (ageMs.value ?? 0);
});
var source = null;
var waitsMs = 1e3;
function connect() {
	source?.close();
	source = new EventSource("/api/live");
	source.addEventListener("status", (event) => {
		waitsMs = 1e3;
		if (paused.value) return;
		status.value = JSON.parse(event.data);
		updatedAt.value = now.value = performance.now();
	});
	source.addEventListener("history", (event) => {
		if (!paused.value) history$1.value = JSON.parse(event.data);
	});
	source.onerror = () => {
		if (source?.readyState !== EventSource.CLOSED) return;
		setTimeout(connect, waitsMs);
		waitsMs = Math.min(waitsMs * 2, 15e3);
	};
}
function start() {
	setInterval(() => now.value = performance.now(), 1e3);
	connect();
}
// src/shared/signal.tsx
var HEIGHTS = [
	2,
	5,
	8,
	11
];
function filled(level) {
	return level === "unrated" ? 0 : Number(level);
}
function Bars({ level }) {
	return a("svg", {
		class: `bars b-${level}`,
		viewBox: "0 0 19 14",
		"aria-hidden": "true",
		children: [HEIGHTS.map((height, place) => a("rect", {
			x: .8 + place * 4.6,
			y: 13 - height,
			width: "3",
			height,
			rx: ".6",
			class: place < filled(level) ? "on" : ""
		}, place)), level === "0" && a("path", {
			class: "cross",
			d: "M2 2l9 9M11 2l-9 9"
		})]
	});
}
function Signal({ level }) {
	return a("span", {
		class: `signal s-${level}`,
		children: [a(Bars, { level }), words.signal[level].word]
	});
}
// src/shared/state.ts
function stateOf(target, route) {
	if (target.is_off || target.state === "off") return "off";
	switch (target.state) {
		case "resting": return "resting";
		case "testing": return "testing";
		case "ramping": return "returning";
		case "full": return "full";
		case "ready":
			if (target.slow) return "slow";
			if (route.answering === target.id) return "answering";
			return isBehind(target, route) ? "standby" : "ready";
	}
}
function isBehind(target, route) {
	const answering = route.targets.find((other) => other.id === route.answering);
	return answering !== void 0 && target.place > answering.place;
}
// src/shared/time.ts
function duration(ms) {
	const s = ms / 1e3;
	if (ms < 99.5) return `${Math.round(ms)} ms`;
	if (s < 9.95) return `${s.toFixed(1)} s`;
	if (s < 99.5) return `${Math.round(s)} s`;
	if (s < 5970) return `${Math.round(s / 60)} min`;
	if (s < 172800) return `${Math.round(s / 3600)} h`;
	return `${Math.round(s / 86400)} ${words.time.days}`;
}
// src/shared/chip.tsx
var shownRoute = y(null);
var route = O(() => {
	const routes = status.value?.routes ?? [];
	return routes.find((r) => r.name === shownRoute.value) ?? routes[0] ?? null;
});
function levelOf(of) {
	const target = of?.targets.find((t) => t.id === of.answering);
	return target ? target.signal : "0";
}
var open = y(false);
function Chip() {
	const box = T(null);
	A(() => {
		const close = (event) => {
			const outside = event.type !== "keydown" && !box.current?.contains(event.target);
			const escape = event instanceof KeyboardEvent && event.key === "Escape";
			if (open.value && (outside || escape)) open.value = false;
		};
		addEventListener("pointerdown", close);
		addEventListener("keydown", close);
		return () => {
			removeEventListener("pointerdown", close);
			removeEventListener("keydown", close);
		};
	}, []);
	if (status.value === null) return a("span", {
		class: "muted small",
		children: words.chip.unknown
	});
	const of = route.value;
	const level = levelOf(of);
	const text = isStale.value ? words.chip.unreachable : of ? words.chip[of.level] : words.chip.none;
	return a("div", {
		class: "chip",
		ref: box,
		children: [a("button", {
			type: "button",
			class: "plain",
			"aria-expanded": open.value,
			"aria-label": `${words.chip.open(words.signal[level].word)}`,
			onClick: () => open.value = !open.value,
			children: [a(Signal, { level }), a("span", {
				class: "muted small",
				children: text
			})]
		}), open.value && of && a("div", {
			class: "popover",
			role: "dialog",
			"aria-label": words.signal[level].word,
			children: [
				a("p", { children: words.signal[level].sentence }),
				a("p", {
					class: "muted small",
					children: words.chip.chain
				}),
				a("ol", { children: of.targets.map((target) => {
					const state = stateOf(target, of);
					const ids = of.targets.map((t) => t.id);
					return a("li", { children: [
						a(Signal, { level: target.signal }),
						" ",
						modelName(target.id, ids),
						" ",
						a("span", {
							class: "muted small",
							children: [
								words.state[state].mark,
								" ",
								words.state[state].word,
								state === "resting" && target.tried_again_in_s !== null ? `, ${words.status.nextTry(duration(target.tried_again_in_s * 1e3))}` : ""
							]
						})
					] }, target.id);
				}) }),
				a("p", {
					class: "muted small",
					children: words.chip.meaning
				}),
				a("a", {
					href: "/status",
					children: words.chip.toStatus
				})
			]
		})]
	});
}
// src/status/page.tsx
function StatusPage() {
	return a("main", {
		id: "main",
		class: "wide",
		children: a("h1", { children: words.status.title })
	});
}
// src/app.tsx
var path = y(location.pathname);
function go(event) {
	const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
	const href = event.currentTarget.pathname;
	if (!plain) return;
	event.preventDefault();
	if (href !== location.pathname) history.pushState(null, "", href);
	path.value = href;
}
function App() {
	A(() => {
		const moved = () => path.value = location.pathname;
		addEventListener("popstate", moved);
		return () => removeEventListener("popstate", moved);
	}, []);
	const isStatus = path.value === "/status";
	return a($, { children: [
		a("a", {
			class: "skip",
			href: "#main",
			children: words.nav.skip
		}),
		a("header", { children: [
			a("b", { children: words.product }),
			a("nav", {
				"aria-label": words.nav.label,
				children: [a("a", {
					href: "/",
					onClick: go,
					"aria-current": isStatus ? void 0 : "page",
					children: words.nav.chat
				}), a("a", {
					href: "/status",
					onClick: go,
					"aria-current": isStatus ? "page" : void 0,
					children: words.nav.status
				})]
			}),
			a("span", { class: "fill" }),
			a(Chip, {})
		] }),
		isStatus ? a(StatusPage, {}) : a(ChatPage, {})
	] });
}
// src/main.tsx
start();
var root = document.getElementById("app");
if (root) Q(a(App, {}), root);
