import { a as x, c as T, i as O, l as $, n as useComputed, o as y, r as useSignal, s as A, t as a, u as Q } from "./vendor.js";
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
		kept: (time) => `An answer kept from ${time} ago.`,
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
	markdown: {
		code: "Code",
		table: "Table",
		copyCode: "Copy the code"
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
		noRoutes: "No route is configured",
		tabOld: "No update",
		sinceLead: (route, model, time) => `Route ${route} has answered with ${model} since ${time}.`,
		sinceNone: (route, time) => `Route ${route} has had nobody since ${time}.`,
		failed: (count) => count === 0 ? "Nobody has seen an error." : count === 1 ? "1 answer has failed since." : `${count} answers have failed since.`,
		live: (age) => `Live, updated ${age} ago`,
		stale: (age) => `No update for ${age}, numbers may be old`,
		waiting: "Waiting for the gateway…",
		noGateway: (time) => `The gateway has not answered for ${time}. It is tried again by itself.`,
		pausedFor: (age) => `Paused, as it was ${age} ago`,
		wentOld: "No update from the gateway, numbers may be old",
		cameBack: "Live again",
		moreRoutes: (count) => count === 1 ? "One more route likewise." : `${count} more routes likewise.`,
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
		nextTryNow: "next try with the next request",
		morePlaces: (count) => `and ${count} more`,
		emptyRoute: "no target is left in it",
		why: (reason, age) => `${reason}, ${age} ago`,
		find: "Find a target",
		onlyTrouble: "only in trouble",
		showAll: (count) => `Show all ${count}`,
		inRoutes: "In routes",
		measured: (state) => `measured: ${state.toLowerCase()}`,
		providerBreaker: "provider",
		breakers: {
			closed: "closed (lets requests through)",
			open: (left) => left === null ? "open (blocks requests)" : `open (blocks requests) for ${left}`,
			probing: "half-open (one trial request)",
			ramping: (share) => `half-open (${share} of the requests)`
		},
		rests: (time) => `limited or refused, rests ${time}`,
		firstHalf: "First word p50, p95",
		noErrors: "None in the last 500 requests.",
		sureAlone: (routes) => `Nobody else can answer route ${routes} now.`,
		notDone: (why) => `Not done: ${why}`,
		forced: "forced by an operator",
		noneToday: "none",
		beatsNone: "last 30 minutes: no request",
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
		sumOfHour: (parts) => `${parts} in the last hour`,
		lineSays: (model, last, most, at) => `${model} ${last} last, ${most} at most (${at})`,
		costSays: (sum, most, at) => `${sum} in the last hour, ${most} a minute at most (${at})`,
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
		switched: "switched",
		story: "The story of this request",
		looking: "Looking for it…",
		notKept: "The gateway no longer has this request: it keeps the last 500, and none over a restart.",
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
var Refused = class extends Error {
	status;
	code;
	constructor(status, message, code) {
		super(message);
		this.status = status;
		this.code = code;
	}
};
async function getJson(path, init) {
	const response = await fetch(path, init);
	if (!response.ok) throw await refusal(response);
	return await response.json();
}
async function refusal(response) {
	const body = await response.json().catch(() => null);
	return new Refused(response.status, body?.error?.message ?? response.statusText, body?.error?.code ?? null);
}
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
var SILENT_AFTER_MS = 8e3;
var status = y(null);
var history$1 = y(null);
var updatedAt = y(null);
var now = y(0);
var ageMs = O(() => updatedAt.value === null ? null : Math.max(0, now.value - updatedAt.value));
var isStale = O(() => ageMs.value !== null && ageMs.value > 5e3);
var serverNow = O(() => {
	const at = status.value?.at_ms;
	return at === void 0 ? Date.now() : at + (ageMs.value ?? 0);
});
var Elapsed = class {
	monotonic;
	wall;
	passed = 0;
	constructor(monotonic, wall) {
		this.monotonic = monotonic;
		this.wall = wall;
	}
	at(monotonic, wall) {
		this.passed += Math.max(0, monotonic - this.monotonic, wall - this.wall);
		this.monotonic = monotonic;
		this.wall = wall;
		return this.passed;
	}
};
var elapsed = new Elapsed(performance.now(), Date.now());
function tick() {
	return now.value = elapsed.at(performance.now(), Date.now());
}
var source = null;
var openedAt = 0;
function connect() {
	source?.close();
	openedAt = tick();
	source = new EventSource("/api/live");
	source.addEventListener("status", (event) => {
		status.value = JSON.parse(event.data);
		updatedAt.value = tick();
	});
	source.addEventListener("history", (event) => {
		history$1.value = JSON.parse(event.data);
	});
}
function isSilent(nowMs, openedMs, updatedMs) {
	return nowMs - Math.max(openedMs, updatedMs ?? 0) > SILENT_AFTER_MS;
}
function isWanted() {
	return !document.hidden || location.pathname === "/status";
}
function watch() {
	tick();
	if (!isWanted()) {
		source?.close();
		source = null;
	} else if (source === null || isSilent(now.value, openedAt, updatedAt.value)) connect();
}
function start() {
	connect();
	setInterval(watch, 1e3);
	document.addEventListener("visibilitychange", () => {
		if (source === null) watch();
	});
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
// src/shared/time.ts
function duration(ms) {
	const s = ms / 1e3;
	if (ms < 99.5) return `${Math.round(ms)} ms`;
	if (s < 9.95) return `${s.toFixed(1)} s`;
	return coarse(s);
}
function ticking(ms) {
	return coarse(Math.max(1, ms / 1e3));
}
function coarse(s) {
	if (s < 99.5) return `${Math.round(s)} s`;
	if (s < 5970) return `${Math.round(s / 60)} min`;
	if (s < 172800) return `${Math.round(s / 3600)} h`;
	return `${Math.round(s / 86400)} ${words.time.days}`;
}
function clock(unixMs, seconds = false) {
	const options = {
		hour: "2-digit",
		minute: "2-digit",
		hour12: false
	};
	if (seconds) options.second = "2-digit";
	return new Intl.DateTimeFormat(void 0, options).format(unixMs);
}
function moment(unixMs, nowMs) {
	const day = new Intl.DateTimeFormat(void 0, {
		day: "numeric",
		month: "short"
	});
	const of = day.format(unixMs);
	return of === day.format(nowMs) ? clock(unixMs) : `${of}, ${clock(unixMs)}`;
}
function money(amount, currency) {
	const digits = amount === 0 || amount >= .995 ? 2 : amount >= .01 ? 3 : 5;
	return `${currency === "USD" ? "$" : `${currency} `}${amount.toFixed(digits)}`;
}
function percent(share) {
	return `${Math.floor(share * 1e3 + 1e-6) / 10} %`;
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
function nextTry(target, sinceMs) {
	if (target.is_off || target.tried_again_in_s === null) return null;
	const left = target.tried_again_in_s * 1e3 - sinceMs;
	return left > 0 ? words.status.nextTry(ticking(left)) : words.status.nextTryNow;
}
function measured(target) {
	const all = target.keys.map((key) => key.breaker.state);
	const best = [
		"closed",
		"ramping",
		"probing"
	].find((state) => all.includes(state));
	const worst = target.provider_breaker.state;
	if (worst === "open" || all.length > 0 && best === void 0) return "resting";
	if (worst === "probing" || best === "probing") return "testing";
	if (worst === "ramping" || best === "ramping") return "returning";
	return "ready";
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
// src/shared/region.tsx
function Region({ label, children, tall }) {
	return a("div", {
		class: tall ? "region tall" : "region",
		role: "region",
		"aria-label": label,
		tabIndex: 0,
		children
	});
}
var STACK = [
	["4", "s4"],
	["3", "s3"],
	["2", "s2"],
	["1", "s1"],
	["unrated", "unrated"],
	["failed", "s0"]
];
var LINES = [
	["s4", []],
	["s2", [8, 4]],
	["s3", [2, 3]],
	["s1", [
		12,
		3,
		2,
		3
	]],
	["unrated", [4, 4]],
	["s0", [14, 4]]
];
function minutes(of) {
	const count = Math.max(of.answers.length, of.cost.length);
	return Array.from({ length: count }, (_, place) => (of.minute_ms - (count - 1 - place) * 6e4) / 1e3);
}
function hasData(chart) {
	return chart.series.some((one) => one.values.some((value) => value !== null && value !== 0));
}
function answersChart(of) {
	const series = STACK.map(([key, colour]) => {
		return {
			name: key === "failed" ? words.status.failedColumn : words.signal[key].word,
			colour,
			hatched: key === "failed",
			values: of.answers.map((minute) => minute[key])
		};
	}).filter((one) => sum(one.values) > 0);
	const parts = series.map((one) => `${sum(one.values)} ${one.name}`);
	return {
		title: words.status.answers,
		unit: words.status.bySignal,
		stacked: true,
		series,
		summary: words.status.sumOfHour(parts.join(", ")),
		empty: words.status.nothingYet,
		format: (value) => String(Math.round(value))
	};
}
function firstWordChart(of) {
	const ids = Object.keys(of.targets);
	const known = (id) => (of.targets[id]?.first_token_p95 ?? []).filter((value) => value !== null).length;
	const lines = ids.filter((id) => known(id) > 0).sort((a, b) => known(b) - known(a));
	const series = lines.slice(0, 6).map((id, place) => {
		const [colour, dash] = LINES[place] ?? ["unrated", []];
		const values = (of.targets[id]?.first_token_p95 ?? []).map((ms) => ms === null ? null : ms / 1e3);
		return {
			name: modelName(id, ids),
			colour,
			dash,
			values
		};
	});
	const format = (s) => duration(s * 1e3);
	const says = series.map((one) => {
		const top = peak(one.values);
		const last = one.values.findLast((value) => value !== null) ?? 0;
		return words.status.lineSays(one.name, format(last), format(top.value), clock(minuteAt(of, top.place)));
	});
	const more = lines.length - series.length;
	return {
		title: words.status.firstWords,
		unit: more > 0 ? `${words.status.seconds}, ${words.status.morePlaces(more)}` : words.status.seconds,
		stacked: false,
		series,
		summary: says.join("; "),
		empty: words.status.nothingYet,
		format
	};
}
function costChart(of) {
	const hasPrices = of.cost.some((value) => value !== null);
	const format = (value) => money(value, of.currency);
	const top = peak(of.cost);
	return {
		title: words.status.costChart,
		unit: words.status.perMinute(of.currency),
		stacked: true,
		series: hasPrices ? [{
			name: words.status.costChart,
			colour: "s4",
			values: of.cost
		}] : [],
		summary: words.status.costSays(format(sum(of.cost)), format(top.value), clock(minuteAt(of, top.place))),
		empty: hasPrices ? words.status.nothingYet : words.status.noPrices,
		format
	};
}
function stack(series) {
	const total = [];
	return series.map((one) => one.values.map((value, place) => total[place] = (total[place] ?? 0) + (value ?? 0)));
}
function sum(values) {
	return values.reduce((all, value) => all + (value ?? 0), 0);
}
function peak(values) {
	const value = Math.max(0, ...values.map((one) => one ?? 0));
	return {
		value,
		place: Math.max(0, values.lastIndexOf(value))
	};
}
function minuteAt(of, place) {
	return (minutes(of)[place] ?? 0) * 1e3;
}
// \0vite/preload-helper.js
var scriptRel = (function detectScriptRel() {
	const relList = typeof document !== "undefined" && document.createElement("link").relList;
	return relList && relList.supports && relList.supports("modulepreload") ? "modulepreload" : "preload";
})();
var assetsURL = function(dep) {
	return "/assets/" + dep;
};
var seen = {};
var isCssPreloadUrl = function isCssPreloadUrl(url) {
	return url.pathname.endsWith(".css");
};
var preloadOnce = function preloadOnce(seen, href, preload) {
	if (href in seen) return seen[href];
	const promise = preload();
	if (!promise) {
		seen[href] = void 0;
		return;
	}
	const preloadPromise = promise.then(() => {
		seen[href] = void 0;
	}, (err) => {
		seen[href] = void 0;
		throw err;
	});
	seen[href] = preloadPromise;
	return preloadPromise;
};
var __vitePreload = function preload(baseModule, deps, importerUrl) {
	let promise = Promise.resolve();
	if (deps && deps.length > 0) {
		let preloadedHrefs;
		const cspNonceMeta = document.querySelector("meta[property=csp-nonce]");
		const cspNonce = cspNonceMeta?.nonce || cspNonceMeta?.getAttribute("nonce");
		function allSettled(promises) {
			return Promise.all(promises.map((p) => Promise.resolve(p).then((value) => ({
				status: "fulfilled",
				value
			}), (reason) => ({
				status: "rejected",
				reason
			}))));
		}
		function importMetaResolve(specifier) {
			if (import.meta.resolve) return new URL(import.meta.resolve(specifier));
			return new URL(specifier, import.meta.url);
		}
		promise = allSettled(deps.map((depString) => {
			depString = assetsURL(depString, importerUrl);
			const dep = importMetaResolve(depString);
			const isCss = isCssPreloadUrl(dep);
			return preloadOnce(seen, dep.href, () => {
				if (preloadedHrefs === void 0) {
					preloadedHrefs = {
						all: new Set(),
						styles: new Set()
					};
					const links = document.getElementsByTagName("link");
					for (let i = links.length - 1; i >= 0; i--) {
						const link = links[i];
						preloadedHrefs.all.add(link.href);
						if (link.rel === "stylesheet") preloadedHrefs.styles.add(link.href);
					}
				}
				if ((isCss ? preloadedHrefs.styles : preloadedHrefs.all).has(dep.href)) return;
				const link = document.createElement("link");
				link.rel = isCss ? "stylesheet" : scriptRel;
				if (!isCss) link.as = "script";
				link.crossOrigin = "";
				link.href = dep.href;
				if (cspNonce) link.setAttribute("nonce", cspNonce);
				document.head.appendChild(link);
				if (isCss) return new Promise((res, rej) => {
					const handleSettle = (e) => {
						link.removeEventListener("load", handleSettle);
						link.removeEventListener("error", handleSettle);
						if (e.type === "error") rej(new Error(`Unable to preload CSS for ${dep}`));
						else res(e);
					};
					link.addEventListener("load", handleSettle);
					link.addEventListener("error", handleSettle);
				});
			});
		}).filter((p) => p !== void 0));
	}
	function handlePreloadError(err) {
		const e = new Event("vite:preloadError", { cancelable: true });
		e.payload = err;
		window.dispatchEvent(e);
		if (!e.defaultPrevented) throw err;
	}
	return promise.then((res) => {
		for (const item of res || []) {
			if (item.status !== "rejected") continue;
			handlePreloadError(item.reason);
		}
		return baseModule().catch(handlePreloadError);
	});
};
// src/status/plot.ts
var HEIGHT = 140;
async function draw(into, chart, times, pointed) {
	const { default: Plot } = await __vitePreload(async () => {
		const { default: Plot } = await import("./uplot.js").then((n) => n.t);
		return { default: Plot };
	}, []);
	const colour = (name) => getComputedStyle(into).getPropertyValue(`--${name}`).trim();
	const axis = {
		stroke: () => colour("soft"),
		grid: {
			stroke: () => colour("line"),
			width: 1
		},
		ticks: { show: false }
	};
	const bars = Plot.paths.bars?.({
		size: [.9],
		align: 0
	});
	const series = chart.series.map((one) => {
		const paint = () => one.hatched ? hatch(colour(one.colour), colour("panel")) : colour(one.colour);
		if (chart.stacked && bars) return {
			stroke: paint,
			fill: paint,
			width: 0,
			paths: bars,
			points: { show: false }
		};
		return {
			stroke: () => colour(one.colour),
			width: 2,
			dash: one.dash ?? [],
			points: { size: 4 }
		};
	});
	const font = "12px system-ui, sans-serif";
	const plot = new Plot({
		width: into.clientWidth,
		height: HEIGHT,
		legend: { show: false },
		cursor: {
			drag: {
				x: false,
				y: false
			},
			y: false,
			points: { show: false }
		},
		scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } },
		axes: [{
			...axis,
			font,
			size: 24,
			space: 60,
			values: (_, splits) => splits.map((s) => clock(s * 1e3))
		}, {
			...axis,
			font,
			size: 54,
			space: 30,
			values: (_, splits) => splits.map((v) => chart.format(v))
		}],
		series: [{}, ...chart.stacked ? series.reverse() : series],
		hooks: { setCursor: [(of) => pointed(of.cursor.idx ?? null)] }
	}, data(chart, times), into);
	const resized = new ResizeObserver(() => plot.setSize({
		width: into.clientWidth,
		height: HEIGHT
	}));
	resized.observe(into);
	const scheme = matchMedia("(prefers-color-scheme: dark)");
	const painted = () => plot.redraw();
	scheme.addEventListener("change", painted);
	const destroy = plot.destroy.bind(plot);
	plot.destroy = () => {
		resized.disconnect();
		scheme.removeEventListener("change", painted);
		destroy();
	};
	return plot;
}
function redraw(plot, chart, times) {
	plot.setData(data(chart, times));
}
function data(chart, times) {
	return [times, ...chart.stacked ? stack(chart.series).reverse() : chart.series.map((one) => one.values)];
}
function hatch(ink, paper) {
	const tile = document.createElement("canvas");
	tile.width = tile.height = 6;
	const pen = tile.getContext("2d");
	if (!pen) return ink;
	pen.fillStyle = paper;
	pen.fillRect(0, 0, 6, 6);
	pen.strokeStyle = ink;
	pen.lineWidth = 2;
	pen.beginPath();
	for (const at of [
		-6,
		0,
		6
	]) {
		pen.moveTo(at, 6);
		pen.lineTo(at + 6, 0);
	}
	pen.stroke();
	return pen.createPattern(tile, "repeat") ?? ink;
}
// src/status/view.ts
var held = y(null);
var isPaused = O(() => held.value !== null);
var shown = O(() => held.value?.status ?? status.value);
var past = O(() => held.value?.history ?? history$1.value);
var at = O(() => held.value?.at ?? serverNow.value);
var sinceMs = O(() => Math.max(0, at.value - (shown.value?.at_ms ?? at.value)));
var dataAgeMs = O(() => held.value ? serverNow.value - held.value.status.at_ms : ageMs.value);
var isOld = O(() => isStale.value && !isPaused.value);
function pause() {
	const of = status.value;
	if (held.value) held.value = null;
	else if (of) held.value = {
		status: of,
		history: history$1.value,
		at: serverNow.value
	};
}
// src/status/charts.tsx
function Charts() {
	const of = past.value;
	if (!of) return null;
	return a("section", {
		"aria-labelledby": "hour",
		children: [a("h2", {
			id: "hour",
			children: words.status.hour
		}), a("div", {
			class: "cards",
			children: [
				a(Card, {
					chart: answersChart(of),
					of
				}),
				a(Card, {
					chart: firstWordChart(of),
					of
				}),
				a(Card, {
					chart: costChart(of),
					of
				})
			]
		})]
	});
}
function Card({ chart, of }) {
	const asTable = useSignal(false);
	const has = hasData(chart);
	return a("div", {
		class: "card",
		children: [
			a("div", {
				class: "row",
				children: [
					a("h3", { children: [
						chart.title,
						" ",
						a("small", {
							class: "muted",
							children: chart.unit
						})
					] }),
					a("span", { class: "fill" }),
					has && a("button", {
						type: "button",
						class: "btn",
						"aria-label": `${chart.title}: ${asTable.value ? words.status.asChart : words.status.asTable}`,
						onClick: () => asTable.value = !asTable.value,
						children: asTable.value ? words.status.asChart : words.status.asTable
					})
				]
			}),
			!has && a("p", {
				class: "muted small",
				children: chart.empty
			}),
			has && (asTable.value ? a(Numbers, {
				chart,
				of
			}) : a(Picture, {
				chart,
				of,
				failed: () => asTable.value = true
			}))
		]
	});
}
function Picture({ chart, of, failed }) {
	const box = T(null);
	const plot = T(null);
	const minute = useSignal(null);
	const times = minutes(of);
	const names = chart.series.map((one) => one.name).join("\n");
	A(() => {
		let isGone = false;
		const into = box.current;
		if (into) draw(into, chart, times, (place) => minute.value = place).then((made) => {
			if (isGone) made.destroy();
			else plot.current = made;
		}, failed);
		return () => {
			isGone = true;
			plot.current?.destroy();
			plot.current = null;
		};
	}, [names]);
	A(() => {
		if (plot.current) redraw(plot.current, chart, times);
	}, [of]);
	const shown = minute.value === null ? null : times[minute.value] ?? null;
	return a($, { children: [a("div", {
		ref: box,
		class: "plot",
		role: "img",
		"aria-label": `${chart.title}: ${chart.summary}`
	}), a("div", {
		class: "legend small",
		children: [shown !== null && a("b", { children: clock(shown * 1e3) }), chart.series.map((one) => a("span", { children: [
			a(Swatch, {
				of: one,
				stacked: chart.stacked
			}),
			" ",
			one.name,
			" ",
			legendValue(one, chart, minute.value)
		] }, one.name))]
	})] });
}
function legendValue(one, chart, minute) {
	const newest = one.values.findLast((value) => value !== null);
	const value = minute !== null ? one.values[minute] : chart.stacked ? sum(one.values) : newest;
	return value === null || value === void 0 ? words.time.none : chart.format(value);
}
function Swatch({ of, stacked }) {
	return a("svg", {
		class: "swatch",
		viewBox: "0 0 28 10",
		"aria-hidden": "true",
		children: stacked ? a("path", {
			d: of.hatched ? "M0 10L10 0M6 10L16 0" : "M0 0h14v10H0z",
			class: `c-${of.colour}`
		}) : a("path", {
			d: "M0 5h28",
			"stroke-dasharray": of.dash?.join(" "),
			class: `c-${of.colour}`
		})
	});
}
function Numbers({ chart, of }) {
	const times = minutes(of);
	return a(Region, {
		label: chart.title,
		tall: true,
		children: a("table", { children: [a("thead", { children: a("tr", { children: [a("th", { children: words.status.minute }), chart.series.map((one) => a("th", {
			class: "n",
			children: one.name
		}))] }) }), a("tbody", { children: times.map((time, place) => a("tr", { children: [a("td", { children: clock(time * 1e3) }), chart.series.map((one) => {
			const value = one.values[place] ?? null;
			return a("td", {
				class: "n",
				children: value === null ? words.time.none : chart.format(value)
			});
		})] }, time)).reverse() })] })
	});
}
// src/status/headline.ts
var TOLD = 3;
var ORDER = [
	"0",
	"unrated",
	"1",
	"2",
	"3",
	"4"
];
function headline(status) {
	if (!status) return words.status.waiting;
	return status.routes.length === 0 ? words.status.noRoutes : words.status.headline[status.level];
}
function tabTitle(status, isOld) {
	return `${isOld ? words.status.tabOld : status ? headline(status) : words.status.title} · ${words.product}`;
}
function worstSignal(routes) {
	const levels = routes.map((route) => levelOf(route));
	return ORDER.find((level) => levels.includes(level)) ?? "0";
}
function sentences(status, nowMs) {
	const about = status.routes.filter((route) => route.level === status.level).sort((a, b) => b.since_ms - a.since_ms);
	const told = about.slice(0, TOLD).map((route) => sentence(route, nowMs));
	return about.length > TOLD ? [...told, words.status.moreRoutes(about.length - TOLD)] : told;
}
function sentence(route, nowMs) {
	const since = moment(route.since_ms, nowMs);
	const ids = route.targets.map((target) => target.id);
	const who = route.answering === null ? null : modelName(route.answering, ids);
	return `${who === null ? words.status.sinceNone(route.name, since) : words.status.sinceLead(route.name, who, since)} ${words.status.failed(route.failed_since)}`;
}
function freshness(ageMs, waitedMs, isOld, isPaused) {
	if (ageMs === null) return waitedMs > 5e3 ? `◌ ${words.status.noGateway(ticking(waitedMs))}` : `◌ ${words.status.waiting}`;
	if (isPaused) return `◌ ${words.status.pausedFor(ticking(ageMs))}`;
	return isOld ? `◌ ${words.status.stale(ticking(ageMs))}` : `● ${words.status.live(ticking(ageMs))}`;
}
var COLOURS = {
	"4": "#0b57a4",
	"3": "#0a6f5c",
	"2": "#c48a1a",
	"1": "#c9572f",
	"0": "#c0283f",
	unrated: "#80868d"
};
function icon(level) {
	const colour = COLOURS[level ?? "unrated"];
	const bars = [
		9,
		15,
		21,
		27
	].map((height, place) => {
		const paint = level !== null && place < filled(level) ? `fill='${colour}'` : "fill='none' stroke='#80868d' stroke-width='1.5'";
		return `<rect x='${2 + place * 8}' y='${30 - height}' width='5' height='${height}' rx='1' ${paint}/>`;
	});
	const cross = level === "0" ? `<path d='M3 3l14 14M17 3L3 17' stroke='${colour}' stroke-width='4'/>` : "";
	const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>${bars.join("")}${cross}</svg>`;
	return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
// src/shared/name.tsx
function Name({ id }) {
	const { provider, model } = parts(id);
	return a("span", {
		class: "name",
		children: [model, provider && a("span", {
			class: "muted",
			children: [" · ", provider]
		})]
	});
}
// src/status/filters.ts
var noFilter = {
	route: "",
	target: "",
	signal: "",
	switched: false,
	failed: false,
	slower: ""
};
function isSwitched(story) {
	return story.hand_overs.length > 0 || story.reason !== null && story.served !== null;
}
function isFailed(story) {
	return story.outcome === "failed" || story.outcome === "interrupted";
}
function hasPart(story, target) {
	return story.served === target || story.steps.some((step) => step.target === target && step.asked);
}
function matches(story, filter) {
	const slower = Number.parseFloat(filter.slower.replace(",", "."));
	return (filter.route === "" || story.route === filter.route) && (filter.target === "" || hasPart(story, filter.target)) && (filter.signal === "" || story.signal === filter.signal) && (!filter.switched || isSwitched(story)) && (!filter.failed || isFailed(story)) && (Number.isNaN(slower) || story.took_ms > slower * 1e3);
}
// src/status/stories.ts
var EVERY_MS = 2e3;
var stories = y([]);
var isFetched = y(false);
var fetchedAt = -2e3;
var fetchedFor = "";
async function refresh() {
	try {
		stories.value = (await getJson("/api/requests?limit=500")).requests;
		isFetched.value = true;
	} catch {
		fetchedFor = "";
	}
}
function keepFresh() {
	return x(() => {
		const of = status.value;
		const wanted = of ? `${of.started_at_ms} ${of.requests}` : "";
		if (wanted === fetchedFor || isPaused.value || document.hidden || now.value - fetchedAt < EVERY_MS) return;
		fetchedFor = wanted;
		fetchedAt = now.value;
		refresh();
	});
}
// src/status/requests.tsx
var LEVELS = [
	"4",
	"3",
	"2",
	"1",
	"unrated",
	"0"
];
function Requests() {
	const filter = useSignal(noFilter);
	A(keepFresh, []);
	const found = stories.value.filter((story) => matches(story, filter.value));
	const hasAny = stories.value.length > 0;
	return a("section", {
		"aria-labelledby": "requests",
		children: [
			a("div", {
				class: "row",
				children: [a("h2", {
					id: "requests",
					children: words.status.requests
				}), !shown.value?.content_logged && a("span", {
					class: "muted small",
					children: words.status.noPrompt
				})]
			}),
			hasAny && a(Filters, {
				filter: filter.value,
				set: (next) => filter.value = next,
				count: found.length
			}),
			!hasAny && isFetched.value && a("p", {
				class: "muted",
				children: words.status.noRequests
			}),
			hasAny && found.length === 0 && a("p", {
				class: "muted",
				children: words.status.noMatch
			}),
			found.length > 0 && a(Table, { found })
		]
	});
}
function Filters({ filter, set, count }) {
	const label = words.status.filters;
	const routes = shown.value?.routes ?? [];
	const targets = new Set(routes.flatMap((route) => route.targets.map((target) => target.id)));
	const pick = (key, options) => a("label", {
		class: "small",
		children: [
			label[key],
			" ",
			a("select", {
				value: filter[key],
				onChange: (event) => set({
					...filter,
					[key]: event.currentTarget.value
				}),
				children: [a("option", {
					value: "",
					children: label.all
				}), options.map(([value, text]) => a("option", {
					value,
					children: text
				}, value))]
			})
		]
	});
	const tick = (key) => a("label", {
		class: "small",
		children: [
			a("input", {
				type: "checkbox",
				checked: filter[key],
				onChange: (event) => set({
					...filter,
					[key]: event.currentTarget.checked
				})
			}),
			" ",
			label[key]
		]
	});
	const same = (text) => [text, text];
	const isSet = JSON.stringify(filter) !== JSON.stringify(noFilter);
	return a("div", {
		class: "row filters",
		role: "group",
		"aria-label": label.title,
		children: [
			pick("route", routes.map((route) => same(route.name))),
			pick("target", [...targets].map(same)),
			pick("signal", LEVELS.map((level) => [level, words.signal[level].word])),
			tick("switched"),
			tick("failed"),
			a("label", {
				class: "small",
				children: [
					label.slower,
					" ",
					a("input", {
						class: "number",
						inputMode: "decimal",
						value: filter.slower,
						onInput: (event) => set({
							...filter,
							slower: event.currentTarget.value
						})
					})
				]
			}),
			isSet && a("button", {
				type: "button",
				class: "btn",
				onClick: () => set(noFilter),
				children: label.clear
			}),
			a("span", {
				class: "muted small",
				role: "status",
				children: label.count(count, stories.value.length)
			})
		]
	});
}
function Table({ found }) {
	const columns = words.status.requestColumns;
	return a(Region, {
		label: words.status.requests,
		tall: true,
		children: a("table", { children: [a("thead", { children: a("tr", { children: [
			a("th", { children: columns.time }),
			a("th", { children: columns.route }),
			a("th", { children: columns.served }),
			a("th", { children: columns.signal }),
			a("th", { children: columns.outcome }),
			a("th", {
				class: "n",
				children: columns.took
			}),
			a("th", {
				class: "n",
				children: columns.attempts
			})
		] }) }), a("tbody", { children: found.map((story) => a(Line, { story }, story.id)) })] })
	});
}
function Line({ story }) {
	return a("tr", { children: [
		a("td", { children: a("a", {
			href: `#${story.id}`,
			children: clock(story.began_at_ms, true)
		}) }),
		a("td", { children: story.route ?? story.asked }),
		a("td", { children: [story.served === null ? words.time.none : a(Name, { id: story.served }), isSwitched(story) && a("small", {
			class: "muted",
			children: words.status.switched
		})] }),
		a("td", { children: a(Signal, { level: story.signal }) }),
		a("td", {
			class: isFailed(story) ? "is-resting" : "",
			children: [isFailed(story) && "✕ ", words.status.outcome[story.outcome]]
		}),
		a("td", {
			class: "n",
			children: duration(story.took_ms)
		}),
		a("td", {
			class: "n",
			children: story.attempts
		})
	] });
}
// src/status/rows.ts
var IN_TROUBLE = [
	"slow",
	"resting",
	"testing",
	"returning",
	"full",
	"off"
];
function rows(status) {
	const byId = new Map();
	for (const route of status.routes) for (const target of route.targets) {
		const state = stateOf(target, route);
		let row = byId.get(target.id);
		if (!row) byId.set(target.id, row = {
			target,
			state,
			signals: [],
			routes: [],
			alone: []
		});
		if (state === "answering") row.state = state;
		row.routes.push(route.name);
		if (isAlone(target, route)) row.alone.push(route.name);
		const same = row.signals.find((signal) => signal.level === target.signal);
		if (same) same.routes.push(route.name);
		else row.signals.push({
			level: target.signal,
			routes: [route.name]
		});
	}
	return [...byId.values()];
}
function isAlone(target, route) {
	const takes = (other) => other.state !== "resting" && other.state !== "off" && !other.is_off;
	return takes(target) && !route.targets.some((other) => other.id !== target.id && takes(other));
}
function isInTrouble(row) {
	return IN_TROUBLE.includes(row.state);
}
function places(route) {
	const chain = [];
	for (const target of route.targets) {
		const last = chain.at(-1);
		if (last?.[0]?.place === target.place) last.push(target);
		else chain.push([target]);
	}
	return chain;
}
function cut(chain, answering, most = 8) {
	if (chain.length <= most) return {
		shown: chain,
		more: 0
	};
	const shown = chain.filter((place, at) => at < most || place.some((target) => target.id === answering));
	return {
		shown,
		more: chain.length - shown.length
	};
}
function beat([ok, failed, slow]) {
	if (failed > 0) return {
		height: 10 + Math.round(8 * failed / (ok + failed)),
		kind: "failed"
	};
	if (slow > 0) return {
		height: 8 + Math.round(4 * slow / Math.max(ok, slow)),
		kind: "slow"
	};
	return ok > 0 ? {
		height: 6,
		kind: "ok"
	} : {
		height: 2,
		kind: "none"
	};
}
function beatsLabel(beats) {
	const kinds = beats.map((one) => beat(one).kind);
	const count = (kind) => kinds.filter((k) => k === kind).length;
	return count("none") === kinds.length ? words.status.beatsNone : words.status.beatsLabel(count("failed"), count("slow"));
}
function beatPath(beats, kind) {
	const bar = (one, place) => {
		const { height, kind: is } = beat(one);
		return is === kind ? `M${place * 5} 18v-${height}h3.4v${height}z` : "";
	};
	return beats.map(bar).join("");
}
function errorsOf(stories, target) {
	const kinds = new Map();
	for (const story of stories) for (const step of story.steps) {
		if (step.target !== target || !step.asked) continue;
		const at = story.began_at_ms + step.at_ms + step.took_ms;
		const kind = kinds.get(step.words) ?? {
			words: step.words,
			count: 0,
			last: 0
		};
		kinds.set(step.words, {
			words: step.words,
			count: kind.count + 1,
			last: Math.max(kind.last, at)
		});
	}
	return [...kinds.values()].sort((a, b) => b.count - a.count);
}
var noHistory = {
	beats: [],
	success: null,
	first_token_p95_ms: null,
	per_minute: 0,
	cost_today: null,
	last_error: null,
	first_token_p95: []
};
// src/status/routes.tsx
function Routes({ of }) {
	return a("section", {
		"aria-labelledby": "routes",
		children: [a("h2", {
			id: "routes",
			children: words.status.routes
		}), of.routes.map((route) => a(Chain, { route }, route.name))]
	});
}
function Chain({ route }) {
	const { shown, more } = cut(places(route), route.answering);
	return a("div", {
		class: "chain",
		children: [
			a("h3", { children: route.name }),
			a("ol", { children: [shown.map((place, number) => a("li", { children: [number > 0 && a(Arrow, {}), place.map((target, member) => a($, { children: [member > 0 && a("span", {
				class: "muted small",
				children: words.status.or
			}), a(Hop, {
				target,
				route
			})] }, target.id))] }, place[0]?.id)), more > 0 && a("li", {
				class: "muted small",
				children: words.status.morePlaces(more)
			})] }),
			shown.length === 0 && a("span", {
				class: "muted",
				children: words.status.emptyRoute
			})
		]
	});
}
function Arrow() {
	return a($, { children: [a("span", {
		"aria-hidden": "true",
		children: "→"
	}), a("span", {
		class: "sr",
		children: words.status.then
	})] });
}
function Hop({ target, route }) {
	const answers = target.id === route.answering;
	const state = stateOf(target, route);
	const { mark, word } = words.state[state];
	const why = whyNot(target);
	const hasTrouble = state !== "answering" && state !== "ready" && state !== "standby";
	return a("span", {
		class: answers ? "hop answers" : "hop",
		children: [a("span", {
			class: "line",
			children: [
				a(Signal, { level: target.signal }),
				" ",
				a(Name, { id: target.id }),
				" ",
				answers && a("b", { children: words.status.now })
			]
		}), hasTrouble && a("span", {
			class: `small is-${state}`,
			children: [
				mark,
				" ",
				word,
				why && a("span", {
					class: "muted",
					children: [": ", why]
				})
			]
		})]
	});
}
function whyNot(target) {
	if (target.is_off) return words.status.forced;
	const error = past.value?.targets[target.id]?.last_error;
	return [error && (target.state === "resting" || target.state === "testing" || target.state === "ramping") ? words.status.why(error.words, ticking(at.value - error.at_ms)) : null, nextTry(target, sinceMs.value)].filter((part) => part !== null).join("; ");
}
// src/shared/story.tsx
function bars(story) {
	const failed = story.steps.filter((step) => step.asked).map((step) => {
		const to = step.at_ms + step.took_ms;
		const wordAt = step.broke_off ? Math.min(to, Math.max(step.at_ms, story.first_token_ms ?? to)) : to;
		return {
			target: step.target,
			from: step.at_ms,
			wordAt,
			to,
			served: step.broke_off
		};
	});
	if (story.served === null || story.cached_age_s !== null) return failed;
	const last = story.hand_overs.at(-1);
	const from = last ? last.at_ms : story.started_ms ?? 0;
	const wordAt = last ? last.at_ms + last.silence_ms : story.first_token_ms ?? story.took_ms;
	const served = {
		target: story.served,
		from,
		wordAt: Math.min(wordAt, story.took_ms),
		to: story.took_ms,
		served: true
	};
	return [...failed, served].sort((a, b) => a.from - b.from);
}
function told(story) {
	const say = words.details;
	const ids = [...story.steps.map((step) => step.target), ...story.served === null ? [] : [story.served]];
	const name = (id) => modelName(id, ids);
	const goneOn = (target) => story.hand_overs.some((one) => one.from === target);
	const events = story.steps.filter((step) => !(step.broke_off && goneOn(step.target))).map((step) => ({
		at: step.at_ms + step.took_ms,
		text: step.asked ? say.attempt(name(step.target), step.words, duration(step.took_ms)) : say.passedOver(name(step.target), step.words)
	}));
	for (const one of story.hand_overs) events.push({
		at: one.at_ms,
		text: say.tookOver(name(one.from), one.words, name(one.to))
	});
	const lines = events.sort((a, b) => a.at - b.at).map((event) => event.text);
	if (story.cached_age_s !== null) lines.push(words.notice.cached(duration(story.cached_age_s * 1e3)));
	else if (story.served !== null) lines.push(end(story, name(story.served)));
	if (story.canary) lines.push(words.notice.canary(name(story.served ?? "")));
	if (story.stopped) lines.push(story.stopped.words);
	if (story.error !== null) lines.push(story.error);
	return lines;
}
function end(story, model) {
	const first = story.first_token_ms;
	const said = first === null ? null : words.details.servedSoFar(model, duration(first));
	if (story.outcome === "complete") return words.details.served(model, duration(first ?? story.took_ms), duration(story.took_ms));
	return `${said ?? model}; ${words.status.outcome[story.outcome]}`;
}
function StoryView({ story }) {
	const say = words.details;
	const of = status.value;
	const money_ = story.cost === null ? say.noPrice : money(story.cost, of?.currency ?? "USD");
	const facts = [
		[say.firstWord, story.first_token_ms === null ? words.time.none : duration(story.first_token_ms)],
		[say.total, duration(story.took_ms)],
		[say.tokensIn, story.prompt_tokens ?? words.time.none],
		[say.tokensOut, story.completion_tokens ?? words.time.none],
		[say.cost, money_]
	];
	return a("div", {
		class: "story",
		children: [
			a("ol", { children: told(story).map((line) => a("li", { children: line })) }),
			a(Waterfall, { story }),
			a("dl", {
				class: "facts",
				children: [a("div", { children: [a("dt", { children: say.signalMeans }), a("dd", { children: a(Signal, { level: story.signal }) })] }), facts.map(([term, value]) => a("div", { children: [a("dt", {
					title: term === say.firstWord ? say.firstWordTip : void 0,
					children: term
				}), a("dd", { children: value })] }, term))]
			}),
			story.dropped && a("p", {
				class: "small",
				children: say.dropped(story.dropped)
			}),
			a(Id, { id: story.id }),
			story.content && a($, { children: [a("h3", { children: words.status.prompt }), a("pre", { children: story.content.prompt })] })
		]
	});
}
function Id({ id }) {
	const said = useSignal("");
	const copy = () => navigator.clipboard.writeText(id).then(() => said.value = words.chat.copied, () => said.value = words.chat.notCopied);
	return a("p", {
		class: "row small",
		children: [
			a("span", { children: [
				words.details.request,
				" ",
				a("code", { children: id })
			] }),
			a("button", {
				type: "button",
				class: "btn",
				"aria-label": words.details.copyId,
				onClick: copy,
				children: words.chat.copy
			}),
			a("span", {
				role: "status",
				children: said.value
			})
		]
	});
}
function Waterfall({ story }) {
	const all = bars(story);
	const whole = Math.max(1, story.took_ms, ...all.map((bar) => bar.to));
	const percent = (ms) => `${(100 * ms / whole).toFixed(2)}%`;
	if (all.length === 0) return null;
	return a("div", {
		class: "waterfall",
		"aria-label": words.details.waterfall,
		role: "list",
		children: all.map((bar) => a("div", {
			role: "listitem",
			class: "lane",
			children: [
				a(Name, { id: bar.target }),
				a("svg", {
					"aria-hidden": "true",
					children: [
						a("rect", {
							class: "waits",
							x: percent(bar.from),
							width: percent(Math.max(bar.wordAt - bar.from, whole / 200))
						}),
						bar.served && a("rect", {
							class: "speaks",
							x: percent(bar.wordAt),
							width: percent(bar.to - bar.wordAt)
						}),
						!bar.served && a("rect", {
							class: "fails",
							x: percent(Math.max(0, bar.to - whole / 100)),
							width: "1%"
						})
					]
				}),
				a("span", {
					class: "small muted",
					children: duration(bar.to - bar.from)
				})
			]
		}))
	});
}
// src/status/story.tsx
function named() {
	const id = decodeURIComponent(location.hash.slice(1));
	return id.startsWith("req_") ? id : null;
}
function StoryDialog() {
	const id = useSignal(named());
	const story = useSignal(null);
	const problem = useSignal("");
	const dialog = T(null);
	A(() => {
		const moved = () => id.value = named();
		addEventListener("hashchange", moved);
		addEventListener("popstate", moved);
		return () => {
			removeEventListener("hashchange", moved);
			removeEventListener("popstate", moved);
		};
	}, []);
	A(() => {
		const wanted = id.value;
		if (wanted === null) {
			dialog.current?.close();
			return;
		}
		if (!dialog.current?.open) dialog.current?.showModal();
		problem.value = "";
		story.value = stories.value.find((one) => one.id === wanted) ?? null;
		if (story.value) return;
		getJson(`/api/requests/${encodeURIComponent(wanted)}`).then((found) => {
			if (id.value === wanted) story.value = found;
		}, (error) => {
			const isGone = error instanceof Refused && error.status === 404;
			problem.value = isGone ? words.status.notKept : words.error.offline.gateway;
		});
	}, [id.value]);
	const closed = () => {
		if (named() !== null) history.replaceState(null, "", location.pathname);
		id.value = null;
	};
	return a("dialog", {
		ref: dialog,
		onClose: closed,
		"aria-labelledby": "story",
		children: [a("div", {
			class: "row",
			children: [
				a("h2", {
					id: "story",
					children: words.status.story
				}),
				a("span", { class: "fill" }),
				a("button", {
					type: "button",
					class: "btn",
					onClick: () => dialog.current?.close(),
					children: words.status.close
				})
			]
		}), story.value ? a(StoryView, { story: story.value }) : a("p", {
			role: "status",
			children: problem.value || words.status.looking
		})]
	});
}
// src/status/switches.tsx
function whenOf(one) {
	if (one.when === "before_first_word") return words.status.when.before_first_word;
	return one.how === "restart" ? words.status.when.restarted : words.status.when.continued;
}
function Switches() {
	const list = past.value?.switches ?? [];
	const columns = words.status.switchColumns;
	return a("section", {
		"aria-labelledby": "switches",
		children: [a("h2", {
			id: "switches",
			children: words.status.switches
		}), list.length === 0 ? a("p", {
			class: "muted",
			children: words.status.noSwitches
		}) : a(Region, {
			label: words.status.switches,
			tall: true,
			children: a("table", { children: [a("thead", { children: a("tr", { children: [
				a("th", { children: columns.time }),
				a("th", { children: columns.route }),
				a("th", { children: columns.fromTo }),
				a("th", { children: columns.why }),
				a("th", { children: columns.when }),
				a("th", {
					class: "n",
					children: columns.added
				}),
				a("th", { children: columns.request })
			] }) }), a("tbody", { children: list.map((one) => a("tr", { children: [
				a("td", { children: clock(one.at_ms, true) }),
				a("td", { children: one.route }),
				a("td", { children: [
					modelName(one.from, [one.to]),
					" → ",
					modelName(one.to, [one.from])
				] }),
				a("td", { children: one.words }),
				a("td", { children: whenOf(one) }),
				a("td", {
					class: "n",
					children: duration(one.added_ms)
				}),
				a("td", { children: a("a", {
					href: `#${one.request_id}`,
					children: short(one.request_id)
				}) })
			] }, one.request_id + one.from + one.to)) })] })
		})]
	});
}
function short(id) {
	return id.length > 12 ? `…${id.slice(-8)}` : id;
}
// src/status/opened.tsx
function Opened({ row, currency }) {
	const { target } = row;
	const errors = errorsOf(stories.value, target.id);
	const label = words.status;
	return a("tr", {
		class: "opened",
		children: a("td", {
			colSpan: 9,
			children: [a(Actions, { row }), a("dl", { children: [
				a("dt", { children: label.settings }),
				a("dd", { children: [
					a("div", { children: price(target, currency) }),
					a("div", { children: [
						label.inRoutes,
						": ",
						row.routes.join(", ")
					] }),
					target.first_token_p50_ms !== null && target.first_token_p95_ms !== null && a("div", { children: [
						label.firstHalf,
						": ",
						duration(target.first_token_p50_ms),
						", ",
						duration(target.first_token_p95_ms)
					] })
				] }),
				a("dt", { children: label.breaker }),
				a("dd", { children: [
					a("div", { children: [
						label.providerBreaker,
						": ",
						breaker(target.provider_breaker)
					] }),
					target.keys.map((key, place) => a("div", { children: [
						label.key(place + 1),
						": ",
						breaker(key.breaker),
						"; ",
						label.inFlight(key.in_flight, key.limit),
						key.rests_s !== null && `; ${label.rests(ticking(key.rests_s * 1e3))}`
					] }, place)),
					target.diverted_share > 0 && a("div", { children: label.diverted(percent(target.diverted_share)) })
				] }),
				a("dt", { children: label.errors }),
				a("dd", { children: [errors.length === 0 && label.noErrors, errors.map((kind) => a("div", { children: [
					kind.count,
					" × ",
					kind.words,
					", ",
					a("span", {
						class: "muted",
						children: words.time.ago(ticking(at.value - kind.last))
					})
				] }, kind.words))] })
			] })]
		})
	});
}
function price(target, currency) {
	if (!target.price) return words.status.noPrice;
	return words.status.price(money(target.price.input, currency), money(target.price.output, currency));
}
function breaker(of) {
	const terms = words.status.breakers;
	switch (of.state) {
		case "open": return terms.open(of.open_for_s === null ? null : ticking(of.open_for_s * 1e3));
		case "ramping": return terms.ramping(percent(of.share ?? 0));
		case "closed":
		case "probing": return terms[of.state];
	}
}
function Actions({ row }) {
	const asks = useSignal(false);
	const busy = useSignal(null);
	const said = useSignal("");
	const { id, is_off } = row.target;
	const label = words.status;
	async function does(deed) {
		asks.value = false;
		busy.value = deed;
		said.value = deed === "test" ? label.testing : "";
		try {
			said.value = outcome(await post(id, deed));
			if (deed === "test") refresh();
		} catch (error) {
			said.value = label.notDone(error.message);
		}
		busy.value = null;
	}
	return a("div", {
		class: "row",
		children: [
			a("button", {
				type: "button",
				class: "btn",
				disabled: busy.value !== null,
				onClick: () => does("test"),
				children: label.test
			}),
			is_off ? a("button", {
				type: "button",
				class: "btn",
				disabled: busy.value !== null,
				onClick: () => does("use"),
				children: label.use
			}) : a("button", {
				type: "button",
				class: "btn",
				"aria-expanded": asks.value,
				disabled: busy.value !== null,
				onClick: () => asks.value = !asks.value,
				children: label.rest
			}),
			asks.value && !is_off && a("span", {
				class: "row",
				role: "group",
				"aria-label": label.rest,
				children: [
					a("span", { children: [
						label.sureRest(modelName(id)),
						" ",
						row.alone.length > 0 && a("b", { children: label.sureAlone(row.alone.join(", ")) })
					] }),
					a("button", {
						type: "button",
						class: "btn primary",
						onClick: () => does("rest"),
						children: label.yes
					}),
					a("button", {
						type: "button",
						class: "btn",
						onClick: () => asks.value = false,
						children: label.no
					})
				]
			}),
			a("span", {
				role: "status",
				children: said.value
			})
		]
	});
}
function post(id, deed) {
	return getJson("/api/targets", {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({
			id,
			do: deed
		})
	});
}
function outcome({ tested }) {
	if (!tested) return "";
	return tested.ok ? words.status.tested(duration(tested.first_token_ms)) : words.status.testFailed(tested.words);
}
// src/status/targets.tsx
var MANY = 12;
var SHOWN = 50;
function Targets({ of }) {
	const find = useSignal("");
	const onlyTrouble = useSignal(false);
	const all = useSignal(false);
	const every = rows(of);
	const wanted = find.value.toLowerCase();
	const found = every.filter((row) => row.target.id.toLowerCase().includes(wanted) && (!onlyTrouble.value || isInTrouble(row)));
	const shown = all.value ? found : found.slice(0, SHOWN);
	const columns = words.status.columns;
	return a("section", {
		"aria-labelledby": "targets",
		children: [
			a("div", {
				class: "row",
				children: [
					a("h2", {
						id: "targets",
						children: words.status.targets
					}),
					a("span", { class: "fill" }),
					every.length > MANY && a($, { children: [
						a("input", {
							type: "search",
							"aria-label": words.status.find,
							placeholder: words.status.find,
							value: find.value,
							onInput: (event) => find.value = event.currentTarget.value
						}),
						a("label", {
							class: "small",
							children: [
								a("input", {
									type: "checkbox",
									checked: onlyTrouble.value,
									onChange: (event) => onlyTrouble.value = event.currentTarget.checked
								}),
								" ",
								words.status.onlyTrouble
							]
						}),
						a("span", {
							class: "muted small",
							children: words.status.filters.count(found.length, every.length)
						})
					] })
				]
			}),
			a(Region, {
				label: words.status.targets,
				children: a("table", { children: [a("thead", { children: a("tr", { children: [
					a("th", { children: columns.target }),
					a("th", { children: columns.signal }),
					a("th", { children: columns.state }),
					a("th", { children: columns.beats }),
					a("th", {
						class: "n",
						children: columns.success
					}),
					a("th", {
						class: "n",
						title: words.details.firstWordTip,
						children: columns.firstWord
					}),
					a("th", {
						class: "n",
						children: columns.perMinute
					}),
					a("th", {
						class: "n",
						children: columns.today
					}),
					a("th", { children: columns.lastError })
				] }) }), a("tbody", { children: shown.map((row) => a(TargetRow, {
					row,
					currency: of.currency
				}, row.target.id)) })] })
			}),
			shown.length < found.length && a("button", {
				type: "button",
				class: "btn",
				onClick: () => all.value = true,
				children: words.status.showAll(found.length)
			})
		]
	});
}
function TargetRow({ row, currency }) {
	const isOpen = useSignal(false);
	const { target, state } = row;
	const was = past.value?.targets[target.id] ?? noHistory;
	const error = was.last_error;
	const none = words.time.none;
	return a($, { children: [a("tr", { children: [
		a("th", {
			scope: "row",
			children: a("button", {
				type: "button",
				class: "plain",
				"aria-expanded": isOpen.value,
				onClick: () => isOpen.value = !isOpen.value,
				children: [a("span", {
					"aria-hidden": "true",
					children: isOpen.value ? "▾" : "▸"
				}), a(Name, { id: target.id })]
			})
		}),
		a("td", { children: row.signals.map(({ level, routes }) => a("div", { children: [
			a(Signal, { level }),
			" ",
			row.signals.length > 1 && a("span", {
				class: "muted small",
				children: routes.join(", ")
			})
		] }, level)) }),
		a("td", { children: [a("b", {
			class: `state is-${state}`,
			children: [
				words.state[state].mark,
				" ",
				words.state[state].word
			]
		}), a(StateNote, { target })] }),
		a("td", { children: a(Beats, { beats: was.beats }) }),
		a("td", {
			class: "n",
			children: was.success === null ? none : percent(was.success)
		}),
		a("td", {
			class: "n",
			children: was.first_token_p95_ms === null ? none : duration(was.first_token_p95_ms)
		}),
		a("td", {
			class: "n",
			children: was.per_minute
		}),
		a("td", {
			class: "n",
			children: was.cost_today === null ? none : money(was.cost_today, currency)
		}),
		a("td", {
			class: "muted error",
			children: error ? words.status.why(error.words, ticking(at.value - error.at_ms)) : words.status.noneToday
		})
	] }), isOpen.value && a(Opened, {
		row,
		currency
	})] });
}
function StateNote({ target }) {
	const next = nextTry(target, sinceMs.value);
	if (target.is_off) {
		const is = words.status.measured(words.state[measured(target)].word);
		return a("small", {
			class: "muted",
			children: [
				words.status.forced,
				"; ",
				is
			]
		});
	}
	return next === null ? null : a("small", {
		class: "muted",
		children: next
	});
}
function Beats({ beats }) {
	return a("svg", {
		class: "beats",
		viewBox: "0 0 150 18",
		role: "img",
		"aria-label": beatsLabel(beats),
		children: [
			"none",
			"ok",
			"slow",
			"failed"
		].map((kind) => a("path", {
			class: kind,
			d: beatPath(beats, kind)
		}, kind))
	});
}
// src/status/page.tsx
function StatusPage() {
	const of = shown.value;
	return a("main", {
		id: "main",
		class: isOld.value ? "wide old" : "wide",
		children: [
			a(Tab, {}),
			a("div", {
				class: "row top",
				children: [
					a("div", {
						class: "said",
						children: [a("h1", { children: headline(of) }), of && sentences(of, at.value).map((sentence) => a("div", {
							class: "muted",
							children: sentence
						}))]
					}),
					of?.content_logged && a("span", {
						class: "badge",
						children: words.status.contentOn
					}),
					a(Freshness, {})
				]
			}),
			of && of.routes.length > 0 && a($, { children: [
				a(Routes, { of }),
				a(Targets, { of }),
				a(Charts, {}),
				a(Switches, {}),
				a(Requests, {})
			] }),
			a(StoryDialog, {})
		]
	});
}
function Freshness() {
	const text = freshness(dataAgeMs.value, now.value, isOld.value, isPaused.value);
	return a("div", {
		class: "row fresh",
		children: [
			a("span", {
				class: isOld.value ? "small alarm" : "small muted",
				children: text
			}),
			a("span", {
				class: "sr",
				role: "status",
				children: isOld.value ? words.status.wentOld : ""
			}),
			shown.value && a("button", {
				type: "button",
				class: "btn",
				"aria-pressed": isPaused.value,
				onClick: pause,
				children: isPaused.value ? words.status.resume : words.status.pause
			})
		]
	});
}
function Tab() {
	const title = useComputed(() => tabTitle(status.value, isStale.value));
	const image = useComputed(() => {
		const of = status.value;
		return icon(of && !isStale.value ? worstSignal(of.routes) : null);
	});
	A(() => {
		document.title = title.value;
	}, [title.value]);
	A(() => setIcon(image.value), [image.value]);
	A(() => () => {
		document.title = words.product;
		setIcon("/favicon.svg");
	}, []);
	return null;
}
function setIcon(href) {
	document.querySelector("link[rel=icon]")?.setAttribute("href", href);
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
