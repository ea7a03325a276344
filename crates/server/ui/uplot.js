var e = Object.defineProperty, t = ((t, n) => {
	let r = {};
	for (var i in t) e(r, i, {
		get: t[i],
		enumerable: !0
	});
	return n || e(r, Symbol.toStringTag, { value: `Module` }), r;
})({ default: () => Y }), n = !0, r = `uplot`, i = `u-hz`, a = `u-vt`, o = `u-title`, s = `u-wrap`, c = `u-under`, l = `u-over`, u = `u-axis`, d = `u-off`, f = `u-select`, p = `u-cursor-x`, m = `u-cursor-y`, h = `u-cursor-pt`, g = `u-legend`, _ = `u-live`, v = `u-inline`, y = `u-series`, b = `u-marker`, x = `u-label`, S = `u-value`, C = `width`, w = `height`, T = `top`, E = `bottom`, ee = `left`, te = `right`, D = `#000`, ne = `#0000`, re = `mousemove`, ie = `mousedown`, ae = `mouseup`, oe = `mouseenter`, se = `mouseleave`, ce = `dblclick`, O = `resize`, le = `scroll`, ue = `change`, de = `dppxchange`, fe = `--`, pe = typeof window < `u`, me = pe ? document : null, he = pe ? window : null, ge = pe ? navigator : null, k, _e;
function ve() {
	let e = devicePixelRatio;
	k != e && (k = e, _e && je(ue, _e, ve), _e = matchMedia(`(min-resolution: ${k - .001}dppx) and (max-resolution: ${k + .001}dppx)`), Ae(ue, _e, ve), he.dispatchEvent(new CustomEvent(de)));
}
function ye(e, t) {
	if (t != null) {
		let n = e.classList;
		!n.contains(t) && n.add(t);
	}
}
function be(e, t) {
	let n = e.classList;
	n.contains(t) && n.remove(t);
}
function A(e, t, n) {
	e.style[t] = n + `px`;
}
function xe(e, t, n, r) {
	let i = me.createElement(e);
	return t != null && ye(i, t), n?.insertBefore(i, r), i;
}
function Se(e, t) {
	return xe(`div`, e, t);
}
var j = new WeakMap();
function Ce(e, t, n, r, i) {
	let a = `translate(` + t + `px,` + n + `px)`;
	a != j.get(e) && (e.style.transform = a, j.set(e, a), t < 0 || n < 0 || t > r || n > i ? ye(e, d) : be(e, d));
}
var we = new WeakMap();
function Te(e, t, n) {
	let r = t + n;
	r != we.get(e) && (we.set(e, r), e.style.background = t, e.style.borderColor = n);
}
var Ee = new WeakMap();
function De(e, t, n, r) {
	let i = t + `` + n;
	i != Ee.get(e) && (Ee.set(e, i), e.style.height = n + `px`, e.style.width = t + `px`, e.style.marginLeft = r ? -t / 2 + `px` : 0, e.style.marginTop = r ? -n / 2 + `px` : 0);
}
var Oe = { passive: !0 }, ke = {
	...Oe,
	capture: !0
};
function Ae(e, t, n, r) {
	t.addEventListener(e, n, r ? ke : Oe);
}
function je(e, t, n, r) {
	t.removeEventListener(e, n, Oe);
}
pe && ve();
function Me(e, t, n, r) {
	let i;
	n ||= 0, r ||= t.length - 1;
	let a = r <= 2147483647;
	for (; r - n > 1;) i = a ? n + r >> 1 : I((n + r) / 2), t[i] < e ? n = i : r = i;
	return e - t[n] <= t[r] - e ? n : r;
}
function Ne(e) {
	return (t, n, r) => {
		let i = -1, a = -1;
		for (let a = n; a <= r; a++) if (e(t[a])) {
			i = a;
			break;
		}
		for (let i = r; i >= n; i--) if (e(t[i])) {
			a = i;
			break;
		}
		return [i, a];
	};
}
var Pe = (e) => e != null, M = (e) => e != null && e > 0, Fe = Ne(Pe), N = Ne(M);
function Ie(e, t, n, r = 0, i = !1) {
	let a = i ? N : Fe, o = i ? M : Pe;
	[t, n] = a(e, t, n);
	let s = e[t], c = e[t];
	if (t > -1) {
		if (r == 1) s = e[t], c = e[n];
		else if (r == -1) s = e[n], c = e[t];
		else for (let r = t; r <= n; r++) {
			let t = e[r];
			o(t) && (t < s ? s = t : t > c && (c = t));
		}
	}
	return [s ?? L, c ?? -L];
}
function Le(e, t, n, r) {
	let i = tt(e), a = tt(t);
	e == t && (i == -1 ? (e *= n, t /= n) : (e /= n, t *= n));
	let o = n == 10 ? nt : rt, s = i == 1 ? I : Ze, c = a == 1 ? Ze : I, l = s(o(Ye(e))), u = c(o(Ye(t))), d = et(n, l), f = et(n, u);
	return n == 10 && (l < 0 && (d = B(d, -l)), u < 0 && (f = B(f, -u))), r || n == 2 ? (e = d * i, t = f * a) : (e = vt(e, d), t = _t(t, f)), [e, t];
}
function Re(e, t, n, r) {
	let i = Le(e, t, n, r);
	return e == 0 && (i[0] = 0), t == 0 && (i[1] = 0), i;
}
var ze = .1, Be = {
	mode: 3,
	pad: ze
}, Ve = {
	pad: 0,
	soft: null,
	mode: 0
}, P = {
	min: Ve,
	max: Ve
};
function He(e, t, n, r) {
	return Ot(n) ? We(e, t, n) : (Ve.pad = n, Ve.soft = r ? 0 : null, Ve.mode = r ? 3 : 0, We(e, t, P));
}
function F(e, t) {
	return e ?? t;
}
function Ue(e, t, n) {
	for (t = F(t, 0), n = F(n, e.length - 1); t <= n;) {
		if (e[t] != null) return !0;
		t++;
	}
	return !1;
}
function We(e, t, n) {
	let r = n.min, i = n.max, a = F(r.pad, 0), o = F(i.pad, 0), s = F(r.hard, -L), c = F(i.hard, L), l = F(r.soft, L), u = F(i.soft, -L), d = F(r.mode, 0), f = F(i.mode, 0), p = t - e, m = nt(p), h = $e(Ye(e), Ye(t)), g = Ye(nt(h) - m);
	(p < 1e-24 || g > 10) && (p = 0, (e == 0 || t == 0) && (p = 1e-24, d == 2 && l != L && (a = 0), f == 2 && u != -L && (o = 0)));
	let _ = p || h || 1e3, v = et(10, I(nt(_))), y = B(vt(e - _ * (p == 0 ? e == 0 ? .1 : 1 : a), v / 10), 24), b = e >= l && (d == 1 || d == 3 && y <= l || d == 2 && y >= l) ? l : L, x = $e(s, y < b && e >= b ? b : Qe(b, y)), S = B(_t(t + _ * (p == 0 ? t == 0 ? .1 : 1 : o), v / 10), 24), C = t <= u && (f == 1 || f == 3 && S >= u || f == 2 && S <= u) ? u : -L, w = Qe(c, S > C && t <= C ? C : $e(C, S));
	return x == w && x == 0 && (w = 100), [x, w];
}
var Ge = new Intl.NumberFormat(pe ? ge.language : `en-US`), Ke = (e) => Ge.format(e), qe = Math, Je = qe.PI, Ye = qe.abs, I = qe.floor, Xe = qe.round, Ze = qe.ceil, Qe = qe.min, $e = qe.max, et = qe.pow, tt = qe.sign, nt = qe.log10, rt = qe.log2, it = (e, t = 1) => qe.sinh(e) * t, at = (e, t = 1) => qe.asinh(e / t), L = 1 / 0;
function ot(e) {
	return (nt((e ^ e >> 31) - (e >> 31)) | 0) + 1;
}
function st(e, t, n) {
	return Qe($e(e, t), n);
}
function ct(e) {
	return typeof e == `function`;
}
function R(e) {
	return ct(e) ? e : () => e;
}
var z = () => {}, lt = (e) => e, ut = (e, t) => t, dt = (e) => null, ft = (e) => !0, pt = (e, t) => e == t, mt = /\.\d*?(?=9{6,}|0{6,})/gm, ht = (e) => {
	if (V(e) || yt.has(e)) return e;
	let t = `${e}`, n = t.match(mt);
	if (n == null) return e;
	let r = n[0].length - 1;
	if (t.indexOf(`e-`) != -1) {
		let [e, n] = t.split(`e`);
		return +`${ht(e)}e${n}`;
	}
	return B(e, r);
};
function gt(e, t) {
	return ht(B(ht(e / t)) * t);
}
function _t(e, t) {
	return ht(Ze(ht(e / t)) * t);
}
function vt(e, t) {
	return ht(I(ht(e / t)) * t);
}
function B(e, t = 0) {
	if (V(e)) return e;
	let n = 10 ** t;
	return Xe(e * n * (1 + 2 ** -52)) / n;
}
var yt = new Map();
function bt(e) {
	return ((`` + e).split(`.`)[1] || ``).length;
}
function xt(e, t, n, r) {
	let i = [], a = r.map(bt);
	for (let o = t; o < n; o++) {
		let t = Ye(o), n = B(et(e, o), t);
		for (let s = 0; s < r.length; s++) {
			let c = e == 10 ? +`${r[s]}e${o}` : r[s] * n, l = (o >= 0 ? 0 : t) + (o >= a[s] ? 0 : a[s]), u = e == 10 ? c : B(c, l);
			i.push(u), yt.set(u, l);
		}
	}
	return i;
}
var St = {}, Ct = [], wt = [null, null], Tt = Array.isArray, V = Number.isInteger, Et = (e) => e === void 0;
function Dt(e) {
	return typeof e == `string`;
}
function Ot(e) {
	let t = !1;
	if (e != null) {
		let n = e.constructor;
		t = n == null || n == Object;
	}
	return t;
}
function kt(e) {
	return typeof e == `object` && !!e;
}
var H = Object.getPrototypeOf(Uint8Array), At = `__proto__`;
function jt(e, t = Ot) {
	let n;
	if (Tt(e)) {
		let r = e.find((e) => e != null);
		if (Tt(r) || t(r)) {
			n = Array(e.length);
			for (let r = 0; r < e.length; r++) n[r] = jt(e[r], t);
		} else n = e.slice();
	} else if (e instanceof H) n = e.slice();
	else if (t(e)) {
		n = {};
		for (let r in e) r != At && (n[r] = jt(e[r], t));
	} else n = e;
	return n;
}
function U(e) {
	let t = arguments;
	for (let n = 1; n < t.length; n++) {
		let r = t[n];
		for (let t in r) t != At && (Ot(e[t]) ? U(e[t], jt(r[t])) : e[t] = jt(r[t]));
	}
	return e;
}
var Mt = 0, Nt = 1, Pt = 2;
function Ft(e, t, n) {
	for (let r = 0, i, a = -1; r < t.length; r++) {
		let o = t[r];
		if (o > a) {
			for (i = o - 1; i >= 0 && e[i] == null;) e[i--] = null;
			for (i = o + 1; i < n && e[i] == null;) e[a = i++] = null;
		}
	}
}
function It(e, t) {
	if (zt(e)) {
		let t = e[0].slice();
		for (let n = 1; n < e.length; n++) t.push(...e[n].slice(1));
		return Bt(t[0]) || (t = Rt(t)), t;
	}
	let n = new Set();
	for (let t = 0; t < e.length; t++) {
		let r = e[t][0], i = r.length;
		for (let e = 0; e < i; e++) n.add(r[e]);
	}
	let r = [Array.from(n).sort((e, t) => e - t)], i = r[0].length, a = new Map();
	for (let e = 0; e < i; e++) a.set(r[0][e], e);
	for (let n = 0; n < e.length; n++) {
		let o = e[n], s = o[0];
		for (let e = 1; e < o.length; e++) {
			let c = o[e], l = Array(i).fill(void 0), u = t ? t[n][e] : Nt, d = [];
			for (let e = 0; e < c.length; e++) {
				let t = c[e], n = a.get(s[e]);
				t === null ? u != Mt && (l[n] = t, u == Pt && d.push(n)) : l[n] = t;
			}
			Ft(l, d, i), r.push(l);
		}
	}
	return r;
}
var Lt = typeof queueMicrotask > `u` ? (e) => Promise.resolve().then(e) : queueMicrotask;
function Rt(e) {
	let t = e[0], n = t.length, r = Array(n);
	for (let e = 0; e < r.length; e++) r[e] = e;
	r.sort((e, n) => t[e] - t[n]);
	let i = [];
	for (let t = 0; t < e.length; t++) {
		let a = e[t], o = Array(n);
		for (let e = 0; e < n; e++) o[e] = a[r[e]];
		i.push(o);
	}
	return i;
}
function zt(e) {
	let t = e[0][0], n = t.length;
	for (let r = 1; r < e.length; r++) {
		let i = e[r][0];
		if (i.length != n) return !1;
		if (i != t) {
			for (let e = 0; e < n; e++) if (i[e] != t[e]) return !1;
		}
	}
	return !0;
}
function Bt(e, t = 100) {
	let n = e.length;
	if (n <= 1) return !0;
	let r = 0, i = n - 1;
	for (; r <= i && e[r] == null;) r++;
	for (; i >= r && e[i] == null;) i--;
	if (i <= r) return !0;
	let a = $e(1, I((i - r + 1) / t));
	for (let t = e[r], n = r + a; n <= i; n += a) {
		let r = e[n];
		if (r != null) {
			if (r <= t) return !1;
			t = r;
		}
	}
	return !0;
}
var Vt = [
	`January`,
	`February`,
	`March`,
	`April`,
	`May`,
	`June`,
	`July`,
	`August`,
	`September`,
	`October`,
	`November`,
	`December`
], Ht = [
	`Sunday`,
	`Monday`,
	`Tuesday`,
	`Wednesday`,
	`Thursday`,
	`Friday`,
	`Saturday`
];
function Ut(e) {
	return e.slice(0, 3);
}
var Wt = Ht.map(Ut), Gt = {
	MMMM: Vt,
	MMM: Vt.map(Ut),
	WWWW: Ht,
	WWW: Wt
};
function Kt(e) {
	return (e < 10 ? `0` : ``) + e;
}
function qt(e) {
	return (e < 10 ? `00` : e < 100 ? `0` : ``) + e;
}
var Jt = {
	YYYY: (e) => e.getFullYear(),
	YY: (e) => (e.getFullYear() + ``).slice(2),
	MMMM: (e, t) => t.MMMM[e.getMonth()],
	MMM: (e, t) => t.MMM[e.getMonth()],
	MM: (e) => Kt(e.getMonth() + 1),
	M: (e) => e.getMonth() + 1,
	DD: (e) => Kt(e.getDate()),
	D: (e) => e.getDate(),
	WWWW: (e, t) => t.WWWW[e.getDay()],
	WWW: (e, t) => t.WWW[e.getDay()],
	HH: (e) => Kt(e.getHours()),
	H: (e) => e.getHours(),
	h: (e) => {
		let t = e.getHours();
		return t == 0 ? 12 : t > 12 ? t - 12 : t;
	},
	AA: (e) => e.getHours() >= 12 ? `PM` : `AM`,
	aa: (e) => e.getHours() >= 12 ? `pm` : `am`,
	a: (e) => e.getHours() >= 12 ? `p` : `a`,
	mm: (e) => Kt(e.getMinutes()),
	m: (e) => e.getMinutes(),
	ss: (e) => Kt(e.getSeconds()),
	s: (e) => e.getSeconds(),
	fff: (e) => qt(e.getMilliseconds())
};
function Yt(e, t) {
	t ||= Gt;
	let n = [], r = /\{([a-z]+)\}|[^{]+/gi, i;
	for (; i = r.exec(e);) n.push(i[0][0] == `{` ? Jt[i[1]] : i[0]);
	return (e) => {
		let r = ``;
		for (let i = 0; i < n.length; i++) r += typeof n[i] == `string` ? n[i] : n[i](e, t);
		return r;
	};
}
var Xt = new Intl.DateTimeFormat().resolvedOptions().timeZone;
function Zt(e, t) {
	let n;
	return t == `UTC` || t == `Etc/UTC` ? n = new Date(+e + e.getTimezoneOffset() * 6e4) : t == Xt ? n = e : (n = new Date(e.toLocaleString(`en-US`, { timeZone: t })), n.setMilliseconds(e.getMilliseconds())), n;
}
var Qt = (e) => e % 1 == 0, W = [
	1,
	2,
	2.5,
	5
], G = xt(10, -32, 0, W), $t = xt(10, 0, 32, W), en = $t.filter(Qt), tn = G.concat($t), nn = `
`, rn = `{YYYY}`, an = nn + rn, on = `{M}/{D}`, sn = nn + on, cn = sn + `/{YY}`, ln = `{aa}`, un = `{h}:{mm}` + ln, dn = nn + un, fn = `:{ss}`, K = null;
function pn(e) {
	let t = e * 1e3, n = t * 60, r = n * 60, i = r * 24, a = i * 30, o = i * 365, s = (e == 1 ? xt(10, 0, 3, W).filter(Qt) : xt(10, -3, 0, W)).concat([
		t,
		t * 5,
		t * 10,
		t * 15,
		t * 30,
		n,
		n * 5,
		n * 10,
		n * 15,
		n * 30,
		r,
		r * 2,
		r * 3,
		r * 4,
		r * 6,
		r * 8,
		r * 12,
		i,
		i * 2,
		i * 3,
		i * 4,
		i * 5,
		i * 6,
		i * 7,
		i * 8,
		i * 9,
		i * 10,
		i * 15,
		a,
		a * 2,
		a * 3,
		a * 4,
		a * 6,
		o,
		o * 2,
		o * 5,
		o * 10,
		o * 25,
		o * 50,
		o * 100
	]), c = [
		[
			o,
			rn,
			K,
			K,
			K,
			K,
			K,
			K,
			1
		],
		[
			i * 28,
			`{MMM}`,
			an,
			K,
			K,
			K,
			K,
			K,
			1
		],
		[
			i,
			on,
			an,
			K,
			K,
			K,
			K,
			K,
			1
		],
		[
			r,
			`{h}` + ln,
			cn,
			K,
			sn,
			K,
			K,
			K,
			1
		],
		[
			n,
			un,
			cn,
			K,
			sn,
			K,
			K,
			K,
			1
		],
		[
			t,
			fn,
			cn + ` ` + un,
			K,
			sn + ` ` + un,
			K,
			dn,
			K,
			1
		],
		[
			e,
			fn + `.{fff}`,
			cn + ` ` + un,
			K,
			sn + ` ` + un,
			K,
			dn,
			K,
			1
		]
	];
	function l(t) {
		return (s, c, l, u, d, f) => {
			let p = [], m = d >= o, h = d >= a && d < o, g = t(l), _ = B(g * e, 3), v = Cn(g.getFullYear(), m ? 0 : g.getMonth(), h || m ? 1 : g.getDate()), y = B(v * e, 3);
			if (h || m) {
				let n = h ? d / a : 0, r = m ? d / o : 0, i = _ == y ? _ : B(Cn(v.getFullYear() + r, v.getMonth() + n, 1) * e, 3), s = new Date(Xe(i / e)), c = s.getFullYear(), l = s.getMonth();
				for (let a = 0; i <= u; a++) {
					let o = Cn(c + r * a, l + n * a, 1), s = o - t(B(o * e, 3));
					i = B((+o + s) * e, 3), i <= u && p.push(i);
				}
			} else {
				let a = d >= i ? i : d, o = y + (I(l) - I(_)) + _t(_ - y, a);
				p.push(o);
				let m = t(o), h = m.getHours() + m.getMinutes() / n + m.getSeconds() / r, g = d / r, v = f / s.axes[c]._space;
				for (; o = B(o + d, e == 1 ? 0 : 3), !(o > u);) if (g > 1) {
					let e = I(B(h + g, 6)) % 24, n = t(o).getHours() - e;
					n > 1 && (n = -1), o -= n * r, h = (h + g) % 24;
					let i = p[p.length - 1];
					B((o - i) / d, 3) * v >= .7 && p.push(o);
				} else p.push(o);
			}
			return p;
		};
	}
	return [
		s,
		c,
		l
	];
}
var [mn, hn, gn] = pn(1), [_n, vn, yn] = pn(.001);
xt(2, -53, 53, [1]);
function bn(e, t) {
	return e.map((e) => e.map((n, r) => r == 0 || r == 8 || n == null ? n : t(r == 1 || e[8] == 0 ? n : e[1] + n)));
}
function xn(e, t) {
	return (n, r, i, a, o) => {
		let s = t.find((e) => o >= e[0]) || t[t.length - 1], c, l, u, d, f, p;
		return r.map((t) => {
			let n = e(t), r = n.getFullYear(), i = n.getMonth(), a = n.getDate(), o = n.getHours(), m = n.getMinutes(), h = n.getSeconds(), g = r != c && s[2] || i != l && s[3] || a != u && s[4] || o != d && s[5] || m != f && s[6] || h != p && s[7] || s[1];
			return c = r, l = i, u = a, d = o, f = m, p = h, g(n);
		});
	};
}
function Sn(e, t) {
	let n = Yt(t);
	return (t, r, i, a, o) => r.map((t) => n(e(t)));
}
function Cn(e, t, n) {
	return new Date(e, t, n);
}
function wn(e, t) {
	return t(e);
}
var Tn = `{YYYY}-{MM}-{DD} {h}:{mm}{aa}`;
function En(e, t) {
	return (n, r, i, a) => a == null ? fe : t(e(r));
}
function Dn(e, t) {
	let n = e.series[t];
	return n.width ? n.stroke(e, t) : n.points.width ? n.points.stroke(e, t) : null;
}
function On(e, t) {
	return e.series[t].fill(e, t);
}
var kn = {
	show: !0,
	live: !0,
	isolate: !1,
	mount: z,
	markers: {
		show: !0,
		width: 2,
		stroke: Dn,
		fill: On,
		dash: `solid`
	},
	idx: null,
	idxs: null,
	values: []
};
function An(e, t) {
	let n = e.cursor.points, r = Se(), i = n.size(e, t);
	A(r, C, i), A(r, w, i);
	let a = i / -2;
	A(r, `marginLeft`, a), A(r, `marginTop`, a);
	let o = n.width(e, t, i);
	return o && A(r, `borderWidth`, o), r;
}
function jn(e, t) {
	let n = e.series[t].points;
	return n._fill || n._stroke;
}
function Mn(e, t) {
	let n = e.series[t].points;
	return n._stroke || n._fill;
}
function Nn(e, t) {
	return e.series[t].points.size;
}
var Pn = [0, 0];
function Fn(e, t, n) {
	return Pn[0] = t, Pn[1] = n, Pn;
}
function In(e, t, n, r = !0) {
	return (e) => {
		e.button != 0 || r && e.target != t || n(e);
	};
}
function Ln(e, t, n, r = !0) {
	return (e) => {
		r && e.target != t || n(e);
	};
}
var Rn = {
	show: !0,
	x: !0,
	y: !0,
	lock: !1,
	move: Fn,
	points: {
		one: !1,
		show: An,
		size: Nn,
		width: 0,
		stroke: Mn,
		fill: jn
	},
	bind: {
		mousedown: In,
		mouseup: In,
		click: In,
		dblclick: In,
		mousemove: Ln,
		mouseleave: Ln,
		mouseenter: Ln
	},
	drag: {
		setScale: !0,
		x: !0,
		y: !1,
		dist: 0,
		uni: null,
		click: (e, t) => {
			t.stopPropagation(), t.stopImmediatePropagation();
		},
		_x: !1,
		_y: !1
	},
	focus: {
		dist: (e, t, n, r, i) => r - i,
		prox: -1,
		bias: 0
	},
	hover: {
		skip: [void 0],
		prox: null,
		bias: 0
	},
	left: -10,
	top: -10,
	idx: null,
	dataIdx: null,
	idxs: null,
	event: null
}, zn = {
	show: !0,
	stroke: `rgba(0,0,0,0.07)`,
	width: 2
}, Bn = U({}, zn, { filter: ut }), Vn = U({}, Bn, { size: 10 }), Hn = U({}, zn, { show: !1 }), Un = `12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Noto Color Emoji"`, Wn = `bold ` + Un, Gn = 1.5, Kn = {
	show: !0,
	scale: `x`,
	stroke: D,
	space: 50,
	gap: 5,
	alignTo: 1,
	size: 50,
	labelGap: 0,
	labelSize: 30,
	labelFont: Wn,
	side: 2,
	grid: Bn,
	ticks: Vn,
	border: Hn,
	font: Un,
	lineGap: Gn,
	rotate: 0
}, qn = `Value`, Jn = `Time`, Yn = {
	show: !0,
	scale: `x`,
	auto: !1,
	sorted: 1,
	min: L,
	max: -1 / 0,
	idxs: []
};
function Xn(e, t, n, r, i) {
	return t.map((e) => e == null ? `` : Ke(e));
}
function Zn(e, t, n, r, i, a, o) {
	let s = [], c = yt.get(i) || 0;
	n = o ? n : B(_t(n, i), c);
	for (let e = n; e <= r; e = B(e + i, c)) s.push(Object.is(e, -0) ? 0 : e);
	return s;
}
function Qn(e, t, n, r, i, a, o) {
	let s = [], c = e.scales[e.axes[t].scale].log;
	i = et(c, I((c == 10 ? nt : rt)(n))), c == 10 && (i = tn[Me(i, tn)]);
	let l = n, u = i * c;
	c == 10 && (u = tn[Me(u, tn)]);
	do
		s.push(l), l += i, c == 10 && !yt.has(l) && (l = B(l, yt.get(i))), l >= u && (i = l, u = i * c, c == 10 && (u = tn[Me(u, tn)]));
	while (l <= r);
	return s;
}
function $n(e, t, n, r, i, a, o) {
	let s = e.scales[e.axes[t].scale].asinh, c = r > s ? Qn(e, t, $e(s, n), r, i) : [s], l = r >= 0 && n <= 0 ? [0] : [];
	return (n < -s ? Qn(e, t, $e(s, -r), -n, i) : [s]).reverse().map((e) => -e).concat(l, c);
}
var er = /./, tr = /[12357]/, nr = /[125]/, rr = /1/, ir = (e, t, n, r) => e.map((e, i) => t == 4 && e == 0 || i % r == 0 && n.test(e.toExponential()[+(e < 0)]) ? e : null);
function ar(e, t, n, r, i) {
	let a = e.axes[n], o = a.scale, s = e.scales[o], c = e.valToPos, l = a._space, u = c(10, o), d = c(9, o) - u >= l ? er : c(7, o) - u >= l ? tr : c(5, o) - u >= l ? nr : rr;
	if (d == rr) {
		let e = Ye(c(1, o) - u);
		if (e < l) return ir(t.slice().reverse(), s.distr, d, Ze(l / e)).reverse();
	}
	return ir(t, s.distr, d, 1);
}
function or(e, t, n, r, i) {
	let a = e.axes[n], o = a.scale, s = a._space, c = e.valToPos, l = Ye(c(1, o) - c(2, o));
	return l < s ? ir(t.slice().reverse(), 3, er, Ze(s / l)).reverse() : t;
}
function sr(e, t, n, r) {
	return r == null ? fe : t == null ? `` : Ke(t);
}
var cr = {
	show: !0,
	scale: `y`,
	stroke: D,
	space: 30,
	gap: 5,
	alignTo: 1,
	size: 50,
	labelGap: 0,
	labelSize: 30,
	labelFont: Wn,
	side: 3,
	grid: Bn,
	ticks: Vn,
	border: Hn,
	font: Un,
	lineGap: Gn,
	rotate: 0
};
function lr(e, t) {
	return B((3 + (e || 1) * 2) * t, 3);
}
function ur(e, t) {
	let { scale: n, idxs: r } = e.series[0], i = e._data[0], a = e.valToPos(i[r[0]], n, !0), o = Ye(e.valToPos(i[r[1]], n, !0) - a) / (e.series[t].points.space * k);
	return r[1] - r[0] <= o;
}
var dr = {
	scale: null,
	auto: !0,
	sorted: 0,
	min: L,
	max: -1 / 0
}, fr = (e, t, n, r, i) => i, pr = {
	show: !0,
	auto: !0,
	sorted: 0,
	gaps: fr,
	alpha: 1,
	facets: [U({}, dr, { scale: `x` }), U({}, dr, { scale: `y` })]
}, mr = {
	scale: `y`,
	auto: !0,
	sorted: 0,
	show: !0,
	spanGaps: !1,
	gaps: fr,
	alpha: 1,
	points: {
		show: ur,
		filter: null
	},
	values: null,
	min: L,
	max: -1 / 0,
	idxs: [],
	path: null,
	clip: null
};
function hr(e, t, n, r, i) {
	return n / 10;
}
var gr = {
	time: n,
	auto: !0,
	distr: 1,
	log: 10,
	asinh: 1,
	min: null,
	max: null,
	dir: 1,
	ori: 0
}, _r = U({}, gr, {
	time: !1,
	ori: 1
}), vr = {};
function yr(e, t) {
	let n = vr[e];
	return n || (n = {
		key: e,
		plots: [],
		sub(e) {
			n.plots.push(e);
		},
		unsub(e) {
			n.plots = n.plots.filter((t) => t != e);
		},
		pub(e, t, r, i, a, o, s) {
			for (let c = 0; c < n.plots.length; c++) n.plots[c] != t && n.plots[c].pub(e, t, r, i, a, o, s);
		}
	}, e != null && (vr[e] = n)), n;
}
var br = 1, xr = 2;
function q(e, t, n) {
	let r = e.mode, i = e.series[t], a = r == 2 ? e._data[t] : e._data, o = e.scales, s = e.bbox, c = a[0], l = r == 2 ? a[1] : a[t], u = r == 2 ? o[i.facets[0].scale] : o[e.series[0].scale], d = r == 2 ? o[i.facets[1].scale] : o[i.scale], f = s.left, p = s.top, m = s.width, h = s.height, g = e.valToPosH, _ = e.valToPosV;
	return u.ori == 0 ? n(i, c, l, u, d, g, _, f, p, m, h, kr, jr, Nr, Fr, Lr) : n(i, c, l, u, d, _, g, p, f, h, m, Ar, Mr, Pr, Ir, Rr);
}
function J(e, t) {
	let n = 0, r = 0, i = F(e.bands, Ct);
	for (let e = 0; e < i.length; e++) {
		let a = i[e];
		a.series[0] == t ? n = a.dir : a.series[1] == t && (a.dir == 1 ? r |= 1 : r |= 2);
	}
	return [n, r == 1 ? -1 : r == 2 ? 1 : r == 3 ? 2 : 0];
}
function Sr(e, t, n, r, i) {
	let a = e.mode, o = e.series[t], s = a == 2 ? o.facets[1].scale : o.scale, c = e.scales[s];
	return i == -1 ? c.min : i == 1 ? c.max : c.distr == 3 ? c.dir == 1 ? c.min : c.max : 0;
}
function Cr(e, t, n, r, i, a) {
	return q(e, t, (e, t, o, s, c, l, u, d, f, p, m) => {
		let h = e.pxRound, g = s.dir * (s.ori == 0 ? 1 : -1), _ = s.ori == 0 ? jr : Mr, v, y;
		g == 1 ? (v = n, y = r) : (v = r, y = n);
		let b = h(l(t[v], s, p, d)), x = h(u(o[v], c, m, f)), S = h(l(t[y], s, p, d)), C = h(u(a == 1 ? c.max : c.min, c, m, f)), w = new Path2D(i);
		return _(w, S, C), _(w, b, C), _(w, b, x), w;
	});
}
function wr(e, t, n, r, i, a) {
	let o = null;
	if (e.length > 0) {
		o = new Path2D();
		let s = t == 0 ? Nr : Pr, c = n;
		for (let t = 0; t < e.length; t++) {
			let n = e[t];
			if (n[1] > n[0]) {
				let e = n[0] - c;
				e > 0 && s(o, c, r, e, r + a), c = n[1];
			}
		}
		let l = n + i - c;
		l > 0 && s(o, c, r - 5, l, r + a + 10);
	}
	return o;
}
function Tr(e, t, n) {
	let r = e[e.length - 1];
	r && r[0] == t ? r[1] = n : e.push([t, n]);
}
function Er(e, t, n, r, i, a, o) {
	let s = [], c = e.length;
	for (let l = i == 1 ? n : r; l >= n && l <= r; l += i) if (t[l] === null) {
		let u = l, d = l;
		if (i == 1) for (; ++l <= r && t[l] === null;) d = l;
		else for (; --l >= n && t[l] === null;) d = l;
		let f = a(e[u]), p = d == u ? f : a(e[d]), m = u - i;
		f = o <= 0 && m >= 0 && m < c ? a(e[m]) : f;
		let h = d + i;
		p = o >= 0 && h >= 0 && h < c ? a(e[h]) : p, p >= f && s.push([f, p]);
	}
	return s;
}
function Dr(e) {
	return e == 0 ? lt : e == 1 ? Xe : (t) => gt(t, e);
}
function Or(e) {
	let t = e == 0 ? kr : Ar, n = e == 0 ? (e, t, n, r, i, a) => {
		e.arcTo(t, n, r, i, a);
	} : (e, t, n, r, i, a) => {
		e.arcTo(n, t, i, r, a);
	}, r = e == 0 ? (e, t, n, r, i) => {
		e.rect(t, n, r, i);
	} : (e, t, n, r, i) => {
		e.rect(n, t, i, r);
	};
	return (e, i, a, o, s, c = 0, l = 0) => {
		c == 0 && l == 0 ? r(e, i, a, o, s) : (c = Qe(c, o / 2, s / 2), l = Qe(l, o / 2, s / 2), t(e, i + c, a), n(e, i + o, a, i + o, a + s, c), n(e, i + o, a + s, i, a + s, l), n(e, i, a + s, i, a, l), n(e, i, a, i + o, a, c), e.closePath());
	};
}
var kr = (e, t, n) => {
	e.moveTo(t, n);
}, Ar = (e, t, n) => {
	e.moveTo(n, t);
}, jr = (e, t, n) => {
	e.lineTo(t, n);
}, Mr = (e, t, n) => {
	e.lineTo(n, t);
}, Nr = Or(0), Pr = Or(1), Fr = (e, t, n, r, i, a) => {
	e.arc(t, n, r, i, a);
}, Ir = (e, t, n, r, i, a) => {
	e.arc(n, t, r, i, a);
}, Lr = (e, t, n, r, i, a, o) => {
	e.bezierCurveTo(t, n, r, i, a, o);
}, Rr = (e, t, n, r, i, a, o) => {
	e.bezierCurveTo(n, t, i, r, o, a);
};
function zr(e) {
	return (e, t, n, r, i) => q(e, t, (t, a, o, s, c, l, u, d, f, p, m) => {
		let { pxRound: h, points: g } = t, _, v;
		s.ori == 0 ? (_ = kr, v = Fr) : (_ = Ar, v = Ir);
		let y = B(g.width * k, 3), b = (g.size - g.width) / 2 * k, x = B(b * 2, 3), S = new Path2D(), C = new Path2D(), { left: w, top: T, width: E, height: ee } = e.bbox;
		Nr(C, w - x, T - x, E + x * 2, ee + x * 2);
		let te = (e) => {
			if (o[e] != null) {
				let t = h(l(a[e], s, p, d)), n = h(u(o[e], c, m, f));
				_(S, t + b, n), v(S, t, n, b, 0, Je * 2);
			}
		};
		if (i) i.forEach(te);
		else for (let e = n; e <= r; e++) te(e);
		return {
			stroke: y > 0 ? S : null,
			fill: S,
			clip: C,
			flags: 3
		};
	});
}
function Br(e) {
	return (t, n, r, i, a, o) => {
		r != i && (a != r && o != r && e(t, n, r), a != i && o != i && e(t, n, i), e(t, n, o));
	};
}
var Vr = Br(jr), Hr = Br(Mr);
function Ur(e) {
	let t = F(e?.alignGaps, 0);
	return (e, n, r, i) => q(e, n, (a, o, s, c, l, u, d, f, p, m, h) => {
		[r, i] = Fe(s, r, i);
		let g = a.pxRound, _ = (e) => g(u(e, c, m, f)), v = (e) => g(d(e, l, h, p)), y, b;
		c.ori == 0 ? (y = jr, b = Vr) : (y = Mr, b = Hr);
		let x = c.dir * (c.ori == 0 ? 1 : -1), S = {
			stroke: new Path2D(),
			fill: null,
			clip: null,
			band: null,
			gaps: null,
			flags: br
		}, C = S.stroke, w = !1;
		if (i - r >= m * 4) {
			let t = (t) => e.posToVal(t, c.key, !0), n = null, a = null, l, u, d, f = _(o[x == 1 ? r : i]), p = _(o[r]), m = _(o[i]), h = t(x == 1 ? p + 1 : m - 1);
			for (let e = x == 1 ? r : i; e >= r && e <= i; e += x) {
				let r = o[e], i = (x == 1 ? r < h : r > h) ? f : _(r), c = s[e];
				i == f ? c == null ? c === null && (w = !0) : (u = c, n == null ? (y(C, i, v(u)), l = n = a = u) : u < n ? n = u : u > a && (a = u)) : (n != null && b(C, f, v(n), v(a), v(l), v(u)), c == null ? (n = a = null, c === null && (w = !0)) : (u = c, y(C, i, v(u)), n = a = l = u), f = i, h = t(f + x));
			}
			n != null && n != a && d != f && b(C, f, v(n), v(a), v(l), v(u));
		} else for (let e = x == 1 ? r : i; e >= r && e <= i; e += x) {
			let t = s[e];
			t === null ? w = !0 : t != null && y(C, _(o[e]), v(t));
		}
		let [T, E] = J(e, n);
		if (a.fill != null || T != 0) {
			let t = S.fill = new Path2D(C), s = v(a.fillTo(e, n, a.min, a.max, T)), c = _(o[r]), l = _(o[i]);
			x == -1 && ([l, c] = [c, l]), y(t, l, s), y(t, c, s);
		}
		if (!a.spanGaps) {
			let l = [];
			w && l.push(...Er(o, s, r, i, x, _, t)), S.gaps = l = a.gaps(e, n, r, i, l), S.clip = wr(l, c.ori, f, p, m, h);
		}
		return E != 0 && (S.band = E == 2 ? [Cr(e, n, r, i, C, -1), Cr(e, n, r, i, C, 1)] : Cr(e, n, r, i, C, E)), S;
	});
}
function Wr(e) {
	let t = F(e.align, 1), n = F(e.ascDesc, !1), r = F(e.alignGaps, 0), i = F(e.extend, !1);
	return (e, a, o, s) => q(e, a, (c, l, u, d, f, p, m, h, g, _, v) => {
		[o, s] = Fe(u, o, s);
		let y = c.pxRound, { left: b, width: x } = e.bbox, S = (e) => y(p(e, d, _, h)), C = (e) => y(m(e, f, v, g)), w = d.ori == 0 ? jr : Mr, T = {
			stroke: new Path2D(),
			fill: null,
			clip: null,
			band: null,
			gaps: null,
			flags: br
		}, E = T.stroke, ee = d.dir * (d.ori == 0 ? 1 : -1), te = C(u[ee == 1 ? o : s]), D = S(l[ee == 1 ? o : s]), ne = D, re = D;
		i && t == -1 && (re = b, w(E, re, te)), w(E, D, te);
		for (let e = ee == 1 ? o : s; e >= o && e <= s; e += ee) {
			let n = u[e];
			if (n == null) continue;
			let r = S(l[e]), i = C(n);
			t == 1 ? w(E, r, te) : w(E, ne, i), w(E, r, i), te = i, ne = r;
		}
		let ie = ne;
		i && t == 1 && (ie = b + x, w(E, ie, te));
		let [ae, oe] = J(e, a);
		if (c.fill != null || ae != 0) {
			let t = T.fill = new Path2D(E), n = C(c.fillTo(e, a, c.min, c.max, ae));
			w(t, ie, n), w(t, re, n);
		}
		if (!c.spanGaps) {
			let i = [];
			i.push(...Er(l, u, o, s, ee, S, r));
			let f = c.width * k / 2, p = n || t == 1 ? f : -f, m = n || t == -1 ? -f : f;
			i.forEach((e) => {
				e[0] += p, e[1] += m;
			}), T.gaps = i = c.gaps(e, a, o, s, i), T.clip = wr(i, d.ori, h, g, _, v);
		}
		return oe != 0 && (T.band = oe == 2 ? [Cr(e, a, o, s, E, -1), Cr(e, a, o, s, E, 1)] : Cr(e, a, o, s, E, oe)), T;
	});
}
function Gr(e, t, n, r, i, a, o = L) {
	if (e.length > 1) {
		let s = null;
		for (let c = 0, l = 1 / 0; c < e.length; c++) if (t[c] !== void 0) {
			if (s != null) {
				let t = Ye(e[c] - e[s]);
				t < l && (l = t, o = Ye(n(e[c], r, i, a) - n(e[s], r, i, a)));
			}
			s = c;
		}
	}
	return o;
}
function Kr(e) {
	e ||= St;
	let t = F(e.size, [
		.6,
		L,
		1
	]), n = e.align || 0, r = e.gap || 0, i = e.radius;
	i = i == null ? [0, 0] : typeof i == `number` ? [i, 0] : i;
	let a = R(i), o = 1 - t[0], s = F(t[1], L), c = F(t[2], 1), l = F(e.disp, St), u = F(e.each, (e) => {}), { fill: d, stroke: f } = l;
	return (e, t, i, p) => q(e, t, (m, h, g, _, v, y, b, x, S, C, w) => {
		let T = m.pxRound, E = n, ee = r * k, te = s * k, D = c * k, ne, re;
		_.ori == 0 ? [ne, re] = a(e, t) : [re, ne] = a(e, t);
		let ie = _.dir * (_.ori == 0 ? 1 : -1), ae = _.ori == 0 ? Nr : Pr, oe = _.ori == 0 ? u : (e, t, n, r, i, a, o) => {
			u(e, t, n, i, r, o, a);
		}, se = F(e.bands, Ct).find((e) => e.series[0] == t), ce = se == null ? 0 : se.dir, O = m.fillTo(e, t, m.min, m.max, ce), le = T(b(O, v, w, S)), ue, de, fe, pe = C, me = T(m.width * k), he = !1, ge = null, _e = null, ve = null, ye = null;
		d != null && (me == 0 || f != null) && (he = !0, ge = d.values(e, t, i, p), _e = new Map(), new Set(ge).forEach((e) => {
			e != null && _e.set(e, new Path2D());
		}), me > 0 && (ve = f.values(e, t, i, p), ye = new Map(), new Set(ve).forEach((e) => {
			e != null && ye.set(e, new Path2D());
		})));
		let { x0: be, size: A } = l;
		if (be != null && A != null) {
			E = 1, h = be.values(e, t, i, p), be.unit == 2 && (h = h.map((t) => e.posToVal(x + t * C, _.key, !0)));
			let n = A.values(e, t, i, p);
			de = A.unit == 2 ? n[0] * C : y(n[0], _, C, x) - y(0, _, C, x), pe = Gr(h, g, y, _, C, x, pe), fe = pe - de + ee;
		} else pe = Gr(h, g, y, _, C, x, pe), fe = pe * o + ee, de = pe - fe;
		fe < 1 && (fe = 0), me >= de / 2 && (me = 0), fe < 5 && (T = lt);
		let xe = fe > 0, Se = pe - fe - (xe ? me : 0);
		de = T(st(Se, D, te)), ue = (E == 0 ? de / 2 : E == ie ? 0 : de) - E * ie * ((E == 0 ? ee / 2 : 0) + (xe ? me / 2 : 0));
		let j = {
			stroke: null,
			fill: null,
			clip: null,
			band: null,
			gaps: null,
			flags: 0
		}, Ce = he ? null : new Path2D(), we = null;
		if (se != null) we = e.data[se.series[1]];
		else {
			let { y0: n, y1: r } = l;
			n != null && r != null && (g = r.values(e, t, i, p), we = n.values(e, t, i, p));
		}
		let Te = ne * de, Ee = re * de;
		for (let n = ie == 1 ? i : p; n >= i && n <= p; n += ie) {
			let r = g[n];
			if (r == null) continue;
			if (we != null) {
				let e = we[n] ?? 0;
				if (r - e == 0) continue;
				le = b(e, v, w, S);
			}
			let i = y(_.distr != 2 || l != null ? h[n] : n, _, C, x), a = b(F(r, O), v, w, S), o = T(i - ue), s = T($e(a, le)), c = T(Qe(a, le)), u = s - c;
			if (r != null) {
				let i = r < 0 ? Ee : Te, a = r < 0 ? Te : Ee;
				he ? (me > 0 && ve[n] != null && ae(ye.get(ve[n]), o, c + I(me / 2), de, $e(0, u - me), i, a), ge[n] != null && ae(_e.get(ge[n]), o, c + I(me / 2), de, $e(0, u - me), i, a)) : ae(Ce, o, c + I(me / 2), de, $e(0, u - me), i, a), oe(e, t, n, o - me / 2, c, de + me, u);
			}
		}
		return me > 0 ? j.stroke = he ? ye : Ce : he || (j._fill = m.width == 0 ? m._fill : m._stroke ?? m._fill, j.width = 0), j.fill = he ? _e : Ce, j;
	});
}
function qr(e, t) {
	let n = F(t?.alignGaps, 0);
	return (t, r, i, a) => q(t, r, (o, s, c, l, u, d, f, p, m, h, g) => {
		[i, a] = Fe(c, i, a);
		let _ = o.pxRound, v = (e) => _(d(e, l, h, p)), y = (e) => _(f(e, u, g, m)), b, x, S;
		l.ori == 0 ? (b = kr, S = jr, x = Lr) : (b = Ar, S = Mr, x = Rr);
		let C = l.dir * (l.ori == 0 ? 1 : -1), w = v(s[C == 1 ? i : a]), T = w, E = [], ee = [];
		for (let e = C == 1 ? i : a; e >= i && e <= a; e += C) if (c[e] != null) {
			let t = s[e], n = v(t);
			E.push(T = n), ee.push(y(c[e]));
		}
		let te = {
			stroke: e(E, ee, b, S, x, _),
			fill: null,
			clip: null,
			band: null,
			gaps: null,
			flags: br
		}, D = te.stroke, [ne, re] = J(t, r);
		if (o.fill != null || ne != 0) {
			let e = te.fill = new Path2D(D), n = y(o.fillTo(t, r, o.min, o.max, ne));
			S(e, T, n), S(e, w, n);
		}
		if (!o.spanGaps) {
			let e = [];
			e.push(...Er(s, c, i, a, C, v, n)), te.gaps = e = o.gaps(t, r, i, a, e), te.clip = wr(e, l.ori, p, m, h, g);
		}
		return re != 0 && (te.band = re == 2 ? [Cr(t, r, i, a, D, -1), Cr(t, r, i, a, D, 1)] : Cr(t, r, i, a, D, re)), te;
	});
}
function Jr(e) {
	return qr(Yr, e);
}
function Yr(e, t, n, r, i, a) {
	let o = e.length;
	if (o < 2) return null;
	let s = new Path2D();
	if (n(s, e[0], t[0]), o == 2) r(s, e[1], t[1]);
	else {
		let n = Array(o), r = Array(o - 1), a = Array(o - 1), c = Array(o - 1);
		for (let n = 0; n < o - 1; n++) a[n] = t[n + 1] - t[n], c[n] = e[n + 1] - e[n], r[n] = a[n] / c[n];
		n[0] = r[0];
		for (let e = 1; e < o - 1; e++) r[e] === 0 || r[e - 1] === 0 || r[e - 1] > 0 != r[e] > 0 ? n[e] = 0 : (n[e] = 3 * (c[e - 1] + c[e]) / ((2 * c[e] + c[e - 1]) / r[e - 1] + (c[e] + 2 * c[e - 1]) / r[e]), isFinite(n[e]) || (n[e] = 0));
		n[o - 1] = r[o - 2];
		for (let r = 0; r < o - 1; r++) i(s, e[r] + c[r] / 3, t[r] + n[r] * c[r] / 3, e[r + 1] - c[r] / 3, t[r + 1] - n[r + 1] * c[r] / 3, e[r + 1], t[r + 1]);
	}
	return s;
}
var Xr = new Set();
function Zr() {
	for (let e of Xr) e.syncRect(!0);
}
pe && (Ae(O, he, Zr), Ae(le, he, Zr, !0), Ae(de, he, () => {
	Y.pxRatio = k;
}));
var Qr = Ur(), $r = zr();
function ei(e, t, n, r) {
	return (r ? [e[0], e[1]].concat(e.slice(2)) : [e[0]].concat(e.slice(1))).map((e, r) => ni(e, r, t, n));
}
function ti(e, t) {
	return e.map((e, n) => n == 0 ? {} : U({}, t, e));
}
function ni(e, t, n, r) {
	return U({}, t == 0 ? n : r, e);
}
function ri(e, t, n) {
	return t == null ? wt : [t, n];
}
var ii = ri;
function ai(e, t, n) {
	return t == null ? wt : He(t, n, ze, !0);
}
function oi(e, t, n, r) {
	return t == null ? wt : Le(t, n, e.scales[r].log, !1);
}
var si = oi;
function ci(e, t, n, r) {
	return t == null ? wt : Re(t, n, e.scales[r].log, !1);
}
var li = ci;
function ui(e, t, n, r, i) {
	let a = $e(ot(e), ot(t)), o = t - e, s = Me(i / r * o, n);
	do {
		let e = n[s], t = r * e / o;
		if (t >= i && a + (e < 5 ? yt.get(e) : 0) <= 17) return [e, t];
	} while (++s < n.length);
	return [0, 0];
}
function di(e) {
	let t, n;
	return e = e.replace(/(\d+)px/, (e, r) => (t = Xe((n = +r) * k)) + `px`), [
		e,
		t,
		n
	];
}
function fi(e) {
	e.show && [e.font, e.labelFont].forEach((e) => {
		let t = B(e[2] * k, 1);
		e[0] = e[0].replace(/[0-9.]+px/, t + `px`), e[1] = t;
	});
}
function Y(e, t, n) {
	let D = { mode: F(e.mode, 1) }, O = D.mode;
	function le(e, t, n, r) {
		let i = t.valToPct(e);
		return r + n * (t.dir == -1 ? 1 - i : i);
	}
	function ue(e, t, n, r) {
		let i = t.valToPct(e);
		return r + n * (t.dir == -1 ? i : 1 - i);
	}
	function pe(e, t, n, r) {
		return t.ori == 0 ? le(e, t, n, r) : ue(e, t, n, r);
	}
	D.valToPosH = le, D.valToPosV = ue;
	let ge = !1;
	D.status = 0;
	let _e = D.root = Se(r);
	if (e.id != null && (_e.id = e.id), ye(_e, e.class), e.title) {
		let t = Se(o, _e);
		t.textContent = e.title;
	}
	let ve = xe(`canvas`), j = D.ctx = ve.getContext(`2d`), we = Se(s, _e);
	Ae(`click`, we, (e) => {
		e.target === Oe && (X != Ni || Z != Pi) && Ri.click(D, e);
	}, !0);
	let Ee = D.under = Se(c, we);
	we.appendChild(ve);
	let Oe = D.over = Se(l, we);
	e = jt(e);
	let ke = +F(e.pxAlign, 1), Ne = Dr(ke);
	(e.plugins || []).forEach((t) => {
		t.opts && (e = t.opts(D, e) || e);
	});
	let Pe = e.ms || .001, M = D.series = O == 1 ? ei(e.series || [], Yn, mr, !1) : ti(e.series || [null], pr), Fe = D.axes = ei(e.axes || [], Kn, cr, !0), N = D.scales = {}, Ve = D.bands = e.bands || [];
	Ve.forEach((e) => {
		e.fill = R(e.fill || null), e.dir = F(e.dir, -1);
	});
	let P = O == 2 ? M[1].facets[0].scale : M[0].scale, We = {
		axes: _i,
		series: Gr
	}, Ge = (e.drawOrder || [`axes`, `series`]).map((e) => We[e]);
	function Ke(e) {
		let t = e.distr == 3 ? (t) => nt(t > 0 ? t : e.clamp(D, t, e.min, e.max, e.key)) : e.distr == 4 ? (t) => at(t, e.asinh) : e.distr == 100 ? (t) => e.fwd(t) : (e) => e;
		return (n) => {
			let r = t(n), { _min: i, _max: a } = e, o = a - i;
			return (r - i) / o;
		};
	}
	function qe(t) {
		let n = N[t];
		if (n == null) {
			let r = (e.scales || St)[t] || St;
			if (r.from != null) {
				qe(r.from);
				let e = U({}, N[r.from], r, { key: t });
				e.valToPct = Ke(e), N[t] = e;
			} else {
				n = N[t] = U({}, t == P ? gr : _r, r), n.key = t;
				let e = n.time, i = n.range, a = Tt(i);
				if ((t != P || O == 2 && !e) && (a && (i[0] == null || i[1] == null) && (i = {
					min: i[0] == null ? Be : {
						mode: 1,
						hard: i[0],
						soft: i[0]
					},
					max: i[1] == null ? Be : {
						mode: 1,
						hard: i[1],
						soft: i[1]
					}
				}, a = !1), !a && Ot(i))) {
					let e = i;
					i = (t, n, r) => n == null ? wt : He(n, r, e);
				}
				n.range = R(i || (e ? ii : t == P ? n.distr == 3 ? si : n.distr == 4 ? li : ri : n.distr == 3 ? oi : n.distr == 4 ? ci : ai)), n.auto = R(!a && n.auto), n.clamp = R(n.clamp || hr), n._min = n._max = null, n.valToPct = Ke(n);
			}
		}
	}
	qe(`x`), qe(`y`), O == 1 && M.forEach((e) => {
		qe(e.scale);
	}), Fe.forEach((e) => {
		qe(e.scale);
	});
	for (let t in e.scales) qe(t);
	let I = N[P], tt = I.distr, rt, ot;
	I.ori == 0 ? (ye(_e, i), rt = le, ot = ue) : (ye(_e, a), rt = ue, ot = le);
	let z = {};
	for (let e in N) {
		let t = N[e];
		(t.min != null || t.max != null) && (z[e] = {
			min: t.min,
			max: t.max
		}, t.min = t.max = null);
	}
	let lt = e.tzDate || ((e) => new Date(Xe(e / Pe))), mt = e.fmtDate || Yt, ht = Pe == 1 ? gn(lt) : yn(lt), _t = xn(lt, bn(Pe == 1 ? hn : vn, mt)), vt = En(lt, wn(Tn, mt)), xt = [], V = D.legend = U({}, kn, e.legend), H = D.cursor = U({}, Rn, { drag: { y: O == 2 } }, e.cursor), At = V.show, Mt = H.show, Nt = V.markers;
	V.idxs = xt, Nt.width = R(Nt.width), Nt.dash = R(Nt.dash), Nt.stroke = R(Nt.stroke), Nt.fill = R(Nt.fill);
	let Pt, Ft, It, Rt = [], zt = [], Bt, Vt = !1, Ht = {};
	if (V.live) {
		let e = M[1] ? M[1].values : null;
		Vt = e != null, Bt = Vt ? e(D, 1, 0) : { _: 0 };
		for (let e in Bt) Ht[e] = fe;
	}
	if (At) {
		if (Pt = xe(`table`, g, _e), It = xe(`tbody`, null, Pt), V.mount(D, Pt), Vt) {
			Ft = xe(`thead`, null, Pt, It);
			let e = xe(`tr`, null, Ft);
			for (var Ut in xe(`th`, null, e), Bt) xe(`th`, x, e).textContent = Ut;
		} else ye(Pt, v), V.live && ye(Pt, _);
	}
	let Wt = { show: !0 }, Gt = { show: !1 };
	function Kt(e, t) {
		if (t == 0 && (Vt || !V.live || O == 2)) return wt;
		let n = [], r = xe(`tr`, y, It, It.childNodes[t]);
		ye(r, e.class), e.show || ye(r, d);
		let i = xe(`th`, null, r);
		if (Nt.show) {
			let e = Se(b, i);
			if (t > 0) {
				let n = Nt.width(D, t);
				n && (e.style.border = n + `px ` + Nt.dash(D, t) + ` ` + Nt.stroke(D, t)), e.style.background = Nt.fill(D, t);
			}
		}
		let a = Se(x, i);
		for (var o in e.label instanceof HTMLElement ? a.appendChild(e.label) : a.textContent = e.label, t > 0 && (Nt.show || (a.style.color = e.width > 0 ? Nt.stroke(D, t) : Nt.fill(D, t)), Jt(`click`, i, (t) => {
			if (H._lock) return;
			In(t);
			let n = M.indexOf(e);
			if ((t.ctrlKey || t.metaKey) != V.isolate) {
				let e = M.some((e, t) => t > 0 && t != n && e.show);
				M.forEach((t, r) => {
					r > 0 && Gi(r, e ? r == n ? Wt : Gt : Wt, !0, $.setSeries);
				});
			} else Gi(n, { show: !e.show }, !0, $.setSeries);
		}, !1), Bn && Jt(oe, i, (t) => {
			H._lock || (In(t), Gi(M.indexOf(e), $i, !0, $.setSeries));
		}, !1)), Bt) {
			let e = xe(`td`, S, r);
			e.textContent = `--`, n.push(e);
		}
		return [r, n];
	}
	let qt = new Map();
	function Jt(e, t, n, r = !0) {
		let i = qt.get(t) || {}, a = H.bind[e](D, t, n, r);
		a && (Ae(e, t, i[e] = a), qt.set(t, i));
	}
	function Xt(e, t, n) {
		let r = qt.get(t) || {};
		for (let n in r) (e == null || n == e) && (je(n, t, r[n]), delete r[n]);
		e ?? qt.delete(t);
	}
	let Zt = 0, Qt = 0, W = 0, G = 0, $t = 0, nn = 0, rn = $t, an = nn, on = W, sn = G, cn = 0, ln = 0, un = 0, dn = 0;
	D.bbox = {};
	let fn = !1, K = !1, pn = !1, Cn = !1, Dn = !1, On = !1;
	function An(e, t, n) {
		(n || e != D.width || t != D.height) && jn(e, t), vi(!1), pn = !0, K = !0, Ci();
	}
	function jn(e, t) {
		D.width = Zt = W = e, D.height = Qt = G = t, $t = nn = 0, Pn(), Fn();
		let n = D.bbox;
		cn = n.left = gt($t * k, .5), ln = n.top = gt(nn * k, .5), un = n.width = gt(W * k, .5), dn = n.height = gt(G * k, .5);
	}
	function Mn() {
		let e = !1, t = 0;
		for (; !e;) {
			t++;
			let n = hi(t), r = gi(t);
			e = t == 3 || n && r, e || (jn(D.width, D.height), K = !0);
		}
	}
	function Nn({ width: e, height: t }) {
		An(e, t);
	}
	D.setSize = Nn;
	function Pn() {
		let e = !1, t = !1, n = !1, r = !1;
		Fe.forEach((i, a) => {
			if (i.show && i._show) {
				let { side: a, _size: o } = i, s = a % 2, c = o + (i.label == null ? 0 : i.labelSize);
				c > 0 && (s ? (W -= c, a == 3 ? ($t += c, r = !0) : n = !0) : (G -= c, a == 0 ? (nn += c, e = !0) : t = !0));
			}
		}), rr[0] = e, rr[1] = n, rr[2] = t, rr[3] = r, W -= fr[1] + fr[3], $t += fr[3], G -= fr[2] + fr[0], nn += fr[0];
	}
	function Fn() {
		let e = $t + W, t = nn + G, n = $t, r = nn;
		function i(i, a) {
			switch (i) {
				case 1: return e += a, e - a;
				case 2: return t += a, t - a;
				case 3: return n -= a, n + a;
				case 0: return r -= a, r + a;
			}
		}
		Fe.forEach((e, t) => {
			if (e.show && e._show) {
				let t = e.side;
				e._pos = i(t, e._size), e.label != null && (e._lpos = i(t, e.labelSize));
			}
		});
	}
	if (H.dataIdx == null) {
		let e = H.hover, n = e.skip = new Set(e.skip ?? []);
		n.add(void 0);
		let r = e.prox = R(e.prox), i = e.bias ??= 0;
		H.dataIdx = (e, a, o, s) => {
			if (a == 0) return o;
			let c = o, l = r(e, a, o, s) ?? L, u = l >= 0 && l < L, d = I.ori == 0 ? W : G, f = H.left, p = t[0], m = t[a];
			if (n.has(m[o])) {
				c = null;
				let e = null, t = null, r;
				if (i == 0 || i == -1) for (r = o; e == null && r-- > 0;) n.has(m[r]) || (e = r);
				if (i == 0 || i == 1) for (r = o; t == null && r++ < m.length;) n.has(m[r]) || (t = r);
				if (e != null || t != null) {
					if (u) {
						let n = e == null ? -1 / 0 : rt(p[e], I, d, 0), r = t == null ? 1 / 0 : rt(p[t], I, d, 0), i = f - n, a = r - f;
						i <= a ? i <= l && (c = e) : a <= l && (c = t);
					} else c = t == null ? e : e == null ? t : o - e <= t - o ? e : t;
				}
			} else u && Ye(f - rt(p[o], I, d, 0)) > l && (c = null);
			return c;
		};
	}
	let In = (e) => {
		H.event = e;
	};
	H.idxs = xt, H._lock = !1;
	let Ln = H.points;
	Ln.show = R(Ln.show), Ln.size = R(Ln.size), Ln.stroke = R(Ln.stroke), Ln.width = R(Ln.width), Ln.fill = R(Ln.fill);
	let zn = D.focus = U({}, e.focus || { alpha: .3 }, H.focus), Bn = zn.prox >= 0, Vn = Bn && Ln.one, Hn = [], Un = [], Wn = [];
	function Gn(e, t) {
		let n = Ln.show(D, t);
		if (n instanceof HTMLElement) return ye(n, h), ye(n, e.class), Ce(n, -10, -10, W, G), Oe.insertBefore(n, Hn[t]), n;
	}
	function er(e, t) {
		if (O == 1 || t > 0) {
			let t = O == 1 && N[e.scale].time, n = e.value;
			e.value = t ? Dt(n) ? En(lt, wn(n, mt)) : n || vt : n || sr, e.label = e.label || (t ? Jn : qn);
		}
		if (Vn || t > 0) {
			e.width = e.width == null ? 1 : e.width, e.paths = e.paths || Qr || dt, e.fillTo = R(e.fillTo || Sr), e.pxAlign = +F(e.pxAlign, ke), e.pxRound = Dr(e.pxAlign), e.stroke = R(e.stroke || null), e.fill = R(e.fill || null), e._stroke = e._fill = e._paths = e._focus = null;
			let t = lr($e(1, e.width), 1), n = e.points = U({}, {
				size: t,
				width: $e(1, t * .2),
				stroke: e.stroke,
				space: t * 2,
				paths: $r,
				_stroke: null,
				_fill: null
			}, e.points);
			n.show = R(n.show), n.filter = R(n.filter), n.fill = R(n.fill), n.stroke = R(n.stroke), n.paths = R(n.paths), n.pxAlign = e.pxAlign;
		}
		if (At) {
			let n = Kt(e, t);
			Rt.splice(t, 0, n[0]), zt.splice(t, 0, n[1]), V.values.push(null);
		}
		if (Mt) {
			xt.splice(t, 0, null);
			let n = null;
			Vn ? t == 0 && (n = Gn(e, t)) : t > 0 && (n = Gn(e, t)), Hn.splice(t, 0, n), Un.splice(t, 0, 0), Wn.splice(t, 0, 0);
		}
		Oa(`addSeries`, t);
	}
	function tr(e, t) {
		t ??= M.length, e = O == 1 ? ni(e, t, Yn, mr) : ni(e, t, {}, pr), M.splice(t, 0, e), er(M[t], t);
	}
	D.addSeries = tr;
	function nr(e) {
		if (M.splice(e, 1), At) {
			V.values.splice(e, 1), zt.splice(e, 1);
			let t = Rt.splice(e, 1)[0];
			Xt(null, t.firstChild), t.remove();
		}
		Mt && (xt.splice(e, 1), Hn.splice(e, 1)[0].remove(), Un.splice(e, 1), Wn.splice(e, 1)), Oa(`delSeries`, e);
	}
	D.delSeries = nr;
	let rr = [
		!1,
		!1,
		!1,
		!1
	];
	function ir(e, t) {
		if (e._show = e.show, e.show) {
			let n = e.side % 2, r = N[e.scale];
			r ??= (e.scale = n ? M[1].scale : P, N[e.scale]);
			let i = r.time;
			e.size = R(e.size), e.space = R(e.space), e.rotate = R(e.rotate), Tt(e.incrs) && e.incrs.forEach((e) => {
				!yt.has(e) && yt.set(e, bt(e));
			}), e.incrs = R(e.incrs || (r.distr == 2 ? en : i ? Pe == 1 ? mn : _n : tn)), e.splits = R(e.splits || (i && r.distr == 1 ? ht : r.distr == 3 ? Qn : r.distr == 4 ? $n : Zn)), e.stroke = R(e.stroke), e.grid.stroke = R(e.grid.stroke), e.ticks.stroke = R(e.ticks.stroke), e.border.stroke = R(e.border.stroke);
			let a = e.values;
			e.values = Tt(a) && !Tt(a[0]) ? R(a) : i ? Tt(a) ? xn(lt, bn(a, mt)) : Dt(a) ? Sn(lt, a) : a || _t : a || Xn, e.filter = R(e.filter || (r.distr >= 3 && r.log == 10 ? ar : r.distr == 3 && r.log == 2 ? or : ut)), e.font = di(e.font), e.labelFont = di(e.labelFont), e._size = e.size(D, null, t, 0), e._space = e._rotate = e._incrs = e._found = e._splits = e._values = null, e._size > 0 && (rr[t] = !0, e._el = Se(u, we));
		}
	}
	function ur(e, t, n, r) {
		let [i, a, o, s] = n, c = t % 2, l = 0;
		return c == 0 && (s || a) && (l = t == 0 && !i || t == 2 && !o ? Xe(Kn.size / 3) : 0), c == 1 && (i || o) && (l = t == 1 && !a || t == 3 && !s ? Xe(cr.size / 2) : 0), l;
	}
	let dr = D.padding = (e.padding || [
		ur,
		ur,
		ur,
		ur
	]).map((e) => R(F(e, ur))), fr = D._padding = dr.map((e, t) => e(D, t, rr, 0)), vr, q = null, J = null, Cr = O == 1 ? M[0].idxs : null, wr = null, Tr = !1;
	function Er(e, n) {
		if (t = e ?? [], D.data = D._data = t, O == 2) {
			vr = 0;
			for (let e = 1; e < M.length; e++) vr += t[e][0].length;
		} else {
			t.length == 0 && (D.data = D._data = t = [[]]), wr = t[0], vr = wr.length;
			let e = t;
			if (tt == 2) {
				e = t.slice();
				let n = e[0] = Array(vr);
				for (let e = 0; e < vr; e++) n[e] = e;
			}
			D._data = t = e;
		}
		if (vi(!0), Oa(`setData`), tt == 2 && (pn = !0), n !== !1) {
			let e = I;
			e.auto(D, Tr) ? Or() : Wi(P, e.min, e.max), Cn ||= H.left >= 0, On = !0, Ci();
		}
	}
	D.setData = Er;
	function Or() {
		Tr = !0;
		let e, n;
		O == 1 && (vr > 0 ? (q = Cr[0] = 0, J = Cr[1] = vr - 1, e = t[0][q], n = t[0][J], tt == 2 ? (e = q, n = J) : e == n && (tt == 3 ? [e, n] = Le(e, e, I.log, !1) : tt == 4 ? [e, n] = Re(e, e, I.log, !1) : I.time ? n = e + Xe(86400 / Pe) : [e, n] = He(e, n, ze, !0))) : (q = Cr[0] = e = null, J = Cr[1] = n = null)), Wi(P, e, n);
	}
	let kr, Ar, jr, Mr, Nr, Pr, Fr, Ir, Lr, Rr;
	function zr(e, t, n, r, i, a) {
		e ??= ne, n ??= Ct, r ??= `butt`, i ??= ne, a ??= `round`, e != kr && (j.strokeStyle = kr = e), i != Ar && (j.fillStyle = Ar = i), t != jr && (j.lineWidth = jr = t), a != Nr && (j.lineJoin = Nr = a), r != Pr && (j.lineCap = Pr = r), n != Mr && j.setLineDash(Mr = n);
	}
	function Br(e, t, n, r) {
		t != Ar && (j.fillStyle = Ar = t), e != Fr && (j.font = Fr = e), n != Ir && (j.textAlign = Ir = n), r != Lr && (j.textBaseline = Lr = r);
	}
	function Vr(e, t, n, r, i = 0) {
		if (r.length > 0 && e.auto(D, Tr) && (t == null || t.min == null)) {
			let t = F(q, 0), a = F(J, r.length - 1), o = n.min == null ? Ie(r, t, a, i, e.distr == 3) : [n.min, n.max];
			e.min = Qe(e.min, n.min = o[0]), e.max = $e(e.max, n.max = o[1]);
		}
	}
	let Hr = {
		min: null,
		max: null
	};
	function Ur() {
		for (let e in N) {
			let t = N[e];
			z[e] == null && (t.min == null || z[P] != null && t.auto(D, Tr)) && (z[e] = Hr);
		}
		for (let e in N) {
			let t = N[e];
			z[e] == null && t.from != null && z[t.from] != null && (z[e] = Hr);
		}
		z[P] != null && vi(!0);
		let e = {};
		for (let t in z) {
			let n = z[t];
			if (n != null) {
				let r = e[t] = jt(N[t], kt);
				if (n.min != null) U(r, n);
				else if (t != P || O == 2) {
					if (vr == 0 && r.from == null) {
						let e = r.range(D, null, null, t);
						r.min = e[0], r.max = e[1];
					} else r.min = L, r.max = -1 / 0;
				}
			}
		}
		if (vr > 0) {
			M.forEach((n, r) => {
				if (O == 1) {
					let i = n.scale, a = z[i];
					if (a == null) return;
					let o = e[i];
					if (r == 0) {
						let e = o.range(D, o.min, o.max, i);
						o.min = e[0], o.max = e[1], q = Me(o.min, t[0]), J = Me(o.max, t[0]), J - q > 1 && (t[0][q] < o.min && q++, t[0][J] > o.max && J--), n.min = wr[q], n.max = wr[J];
					} else n.show && n.auto && Vr(o, a, n, t[r], n.sorted);
					n.idxs[0] = q, n.idxs[1] = J;
				} else if (r > 0 && n.show && n.auto) {
					let [i, a] = n.facets, o = i.scale, s = a.scale, [c, l] = t[r], u = e[o], d = e[s];
					u != null && Vr(u, z[o], i, c, i.sorted), d != null && Vr(d, z[s], a, l, a.sorted), n.min = a.min, n.max = a.max;
				}
			});
			for (let t in e) {
				let n = e[t], r = z[t];
				if (n.from == null && (r == null || r.min == null)) {
					let e = n.range(D, n.min == L ? null : n.min, n.max == -1 / 0 ? null : n.max, t);
					n.min = e[0], n.max = e[1];
				}
			}
		}
		for (let t in e) {
			let n = e[t];
			if (n.from != null) {
				let r = e[n.from];
				if (r.min == null) n.min = n.max = null;
				else {
					let e = n.range(D, r.min, r.max, t);
					n.min = e[0], n.max = e[1];
				}
			}
		}
		let n = {}, r = !1;
		for (let t in e) {
			let i = e[t], a = N[t];
			if (a.min != i.min || a.max != i.max) {
				a.min = i.min, a.max = i.max;
				let e = a.distr;
				a._min = e == 3 ? nt(a.min) : e == 4 ? at(a.min, a.asinh) : e == 100 ? a.fwd(a.min) : a.min, a._max = e == 3 ? nt(a.max) : e == 4 ? at(a.max, a.asinh) : e == 100 ? a.fwd(a.max) : a.max, n[t] = r = !0;
			}
		}
		if (r) {
			M.forEach((e, t) => {
				O == 2 ? t > 0 && n.y && (e._paths = null) : n[e.scale] && (e._paths = null);
			});
			for (let e in n) pn = !0, Oa(`setScale`, e);
			Mt && H.left >= 0 && (Cn = On = !0);
		}
		for (let e in z) z[e] = null;
	}
	function Wr(e) {
		let t = st(q - 1, 0, vr - 1), n = st(J + 1, 0, vr - 1);
		for (; e[t] == null && t > 0;) t--;
		for (; e[n] == null && n < vr - 1;) n++;
		return [t, n];
	}
	function Gr() {
		if (vr > 0) {
			let e = M.some((e) => e._focus) && Rr != zn.alpha;
			e && (j.globalAlpha = Rr = zn.alpha), M.forEach((e, n) => {
				if (n > 0 && e.show && (Kr(n, !1), Kr(n, !0), e._paths == null)) {
					let r = Rr;
					Rr != e.alpha && (j.globalAlpha = Rr = e.alpha);
					let i = O == 2 ? [0, t[n][0].length - 1] : Wr(t[n]);
					e._paths = e.paths(D, n, i[0], i[1]), Rr != r && (j.globalAlpha = Rr = r);
				}
			}), M.forEach((e, t) => {
				if (t > 0 && e.show) {
					let n = Rr;
					Rr != e.alpha && (j.globalAlpha = Rr = e.alpha), e._paths != null && qr(t, !1);
					{
						let n = e._paths == null ? null : e._paths.gaps, r = e.points.show(D, t, q, J, n), i = e.points.filter(D, t, r, n);
						(r || i) && (e.points._paths = e.points.paths(D, t, q, J, i), qr(t, !0));
					}
					Rr != n && (j.globalAlpha = Rr = n), Oa(`drawSeries`, t);
				}
			}), e && (j.globalAlpha = Rr = 1);
		}
	}
	function Kr(e, t) {
		let n = t ? M[e].points : M[e];
		n._stroke = n.stroke(D, e), n._fill = n.fill(D, e);
	}
	function qr(e, t) {
		let n = t ? M[e].points : M[e], { stroke: r, fill: i, clip: a, flags: o, _stroke: s = n._stroke, _fill: c = n._fill, _width: l = n.width } = n._paths;
		l = B(l * k, 3);
		let u = null, d = l % 2 / 2;
		t && c == null && (c = l > 0 ? `#fff` : s);
		let f = n.pxAlign == 1 && d > 0;
		if (f && j.translate(d, d), !t) {
			let e = cn - l / 2, t = ln - l / 2, n = un + l, r = dn + l;
			u = new Path2D(), u.rect(e, t, n, r);
		}
		t ? Yr(s, l, n.dash, n.cap, c, r, i, o, a) : Jr(e, s, l, n.dash, n.cap, c, r, i, o, u, a), f && j.translate(-d, -d);
	}
	function Jr(e, n, r, i, a, o, s, c, l, u, d) {
		let f = !1;
		l != 0 && Ve.forEach((p, m) => {
			if (p.series[0] == e) {
				let e = M[p.series[1]], h = t[p.series[1]], g = (e._paths || St).band;
				Tt(g) && (g = p.dir == 1 ? g[0] : g[1]);
				let _, v = null;
				e.show && g && Ue(h, q, J) ? (v = p.fill(D, m) || o, _ = e._paths.clip) : g = null, Yr(n, r, i, a, v, s, c, l, u, d, _, g), f = !0;
			}
		}), f || Yr(n, r, i, a, o, s, c, l, u, d);
	}
	function Yr(e, t, n, r, i, a, o, s, c, l, u, d) {
		zr(e, t, n, r, i), (c || l || d) && (j.save(), c && j.clip(c), l && j.clip(l)), d ? (s & 3) == 3 ? (j.clip(d), u && j.clip(u), Y(i, o), Zr(e, a, t)) : s & xr ? (Y(i, o), j.clip(d), Zr(e, a, t)) : s & br && (j.save(), j.clip(d), u && j.clip(u), Y(i, o), j.restore(), Zr(e, a, t)) : (Y(i, o), Zr(e, a, t)), (c || l || d) && j.restore();
	}
	function Zr(e, t, n) {
		n > 0 && (t instanceof Map ? t.forEach((e, t) => {
			j.strokeStyle = kr = t, j.stroke(e);
		}) : t != null && e && j.stroke(t));
	}
	function Y(e, t) {
		t instanceof Map ? t.forEach((e, t) => {
			j.fillStyle = Ar = t, j.fill(e);
		}) : t != null && e && j.fill(t);
	}
	function pi(e, t, n, r) {
		let i = Fe[e], a;
		if (r <= 0) a = [0, 0];
		else {
			let o = i._space = i.space(D, e, t, n, r);
			a = ui(t, n, i._incrs = i.incrs(D, e, t, n, r, o), r, o);
		}
		return i._found = a;
	}
	function mi(e, t, n, r, i, a, o, s, c, l) {
		let u = o % 2 / 2;
		ke == 1 && j.translate(u, u), zr(s, o, c, l, s), j.beginPath();
		let d, f, p, m, h = i + (r == 0 || r == 3 ? -a : a);
		n == 0 ? (f = i, m = h) : (d = i, p = h);
		for (let r = 0; r < e.length; r++) t[r] != null && (n == 0 ? d = p = e[r] : f = m = e[r], j.moveTo(d, f), j.lineTo(p, m));
		j.stroke(), ke == 1 && j.translate(-u, -u);
	}
	function hi(e) {
		let t = !0;
		return Fe.forEach((n, r) => {
			if (!n.show) return;
			let i = N[n.scale];
			if (i.min == null) {
				n._show && (t = !1, n._show = !1, vi(!1));
				return;
			}
			n._show || (t = !1, n._show = !0, vi(!1));
			let a = n.side, o = a % 2, { min: s, max: c } = i, [l, u] = pi(r, s, c, o == 0 ? W : G);
			if (u == 0) return;
			let d = i.distr == 2, f = n._splits = n.splits(D, r, s, c, l, u, d), p = i.distr == 2 ? f.map((e) => wr[e]) : f, m = i.distr == 2 ? wr[f[1]] - wr[f[0]] : l, h = n._values = n.values(D, n.filter(D, p, r, u, m), r, u, m);
			n._rotate = a == 2 ? n.rotate(D, h, r, u) : 0;
			let g = n._size;
			n._size = Ze(n.size(D, h, r, e)), g != null && n._size != g && (t = !1);
		}), t;
	}
	function gi(e) {
		let t = !0;
		return dr.forEach((n, r) => {
			let i = n(D, r, rr, e);
			i != fr[r] && (t = !1), fr[r] = i;
		}), t;
	}
	function _i() {
		for (let e = 0; e < Fe.length; e++) {
			let t = Fe[e];
			if (!t.show || !t._show) continue;
			let n = t.side, r = n % 2, i, a, o = t.stroke(D, e), s = n == 0 || n == 3 ? -1 : 1, [c, l] = t._found;
			if (t.label != null) {
				let u = t.labelGap * s, d = Xe((t._lpos + u) * k);
				Br(t.labelFont[0], o, `center`, n == 2 ? T : E), j.save(), r == 1 ? (i = a = 0, j.translate(d, Xe(ln + dn / 2)), j.rotate((n == 3 ? -Je : Je) / 2)) : (i = Xe(cn + un / 2), a = d);
				let f = ct(t.label) ? t.label(D, e, c, l) : t.label;
				j.fillText(f, i, a), j.restore();
			}
			if (l == 0) continue;
			let u = N[t.scale], d = r == 0 ? un : dn, f = r == 0 ? cn : ln, p = t._splits, m = u.distr == 2 ? p.map((e) => wr[e]) : p, h = u.distr == 2 ? wr[p[1]] - wr[p[0]] : c, g = t.ticks, _ = t.border, v = g.show ? g.size : 0, y = Xe(v * k), b = Xe((t.alignTo == 2 ? t._size - v - t.gap : t.gap) * k), x = t._rotate * -Je / 180, S = Ne(t._pos * k), C = S + (y + b) * s;
			a = r == 0 ? C : 0, i = r == 1 ? C : 0;
			let w = t.font[0];
			Br(w, o, t.align == 1 ? ee : t.align == 2 ? te : x > 0 ? ee : x < 0 ? te : r == 0 ? `center` : n == 3 ? te : ee, x || r == 1 ? `middle` : n == 2 ? T : E);
			let ne = t.font[1] * t.lineGap, re = p.map((e) => Ne(pe(e, u, d, f))), ie = t._values;
			for (let e = 0; e < ie.length; e++) {
				let t = ie[e];
				if (t != null) {
					r == 0 ? i = re[e] : a = re[e], t = `` + t;
					let n = t.indexOf(`
`) == -1 ? [t] : t.split(/\n/gm);
					for (let e = 0; e < n.length; e++) {
						let t = n[e];
						x ? (j.save(), j.translate(i, a + e * ne), j.rotate(x), j.fillText(t, 0, 0), j.restore()) : j.fillText(t, i, a + e * ne);
					}
				}
			}
			g.show && mi(re, g.filter(D, m, e, l, h), r, n, S, y, B(g.width * k, 3), g.stroke(D, e), g.dash, g.cap);
			let ae = t.grid;
			ae.show && mi(re, ae.filter(D, m, e, l, h), r, r == 0 ? 2 : 1, r == 0 ? ln : cn, r == 0 ? dn : un, B(ae.width * k, 3), ae.stroke(D, e), ae.dash, ae.cap), _.show && mi([S], [1], +(r == 0), r == 0 ? 1 : 2, r == 1 ? ln : cn, r == 1 ? dn : un, B(_.width * k, 3), _.stroke(D, e), _.dash, _.cap);
		}
		Oa(`drawAxes`);
	}
	function vi(e) {
		M.forEach((t, n) => {
			n > 0 && (t._paths = null, e && (O == 1 ? (t.min = null, t.max = null) : t.facets.forEach((e) => {
				e.min = null, e.max = null;
			})));
		});
	}
	let yi = !1, bi = !1, xi = [];
	function Si() {
		bi = !1;
		for (let e = 0; e < xi.length; e++) Oa(...xi[e]);
		xi.length = 0;
	}
	function Ci() {
		yi ||= (Lt(Ti), !0);
	}
	function wi(e, t = !1) {
		yi = !0, bi = t, e(D), Ti(), t && xi.length > 0 && queueMicrotask(Si);
	}
	D.batch = wi;
	function Ti() {
		if (fn &&= (Ur(), !1), pn &&= (Mn(), !1), K) {
			if (A(Ee, ee, $t), A(Ee, T, nn), A(Ee, C, W), A(Ee, w, G), A(Oe, ee, $t), A(Oe, T, nn), A(Oe, C, W), A(Oe, w, G), A(we, C, Zt), A(we, w, Qt), ve.width = Xe(Zt * k), ve.height = Xe(Qt * k), Fe.forEach(({ _el: e, _show: t, _size: n, _pos: r, side: i }) => {
				if (e != null) {
					if (t) {
						let t = i === 3 || i === 0 ? n : 0, a = i % 2 == 1;
						A(e, a ? `left` : `top`, r - t), A(e, a ? `width` : `height`, n), A(e, a ? `top` : `left`, a ? nn : $t), A(e, a ? `height` : `width`, a ? G : W), be(e, d);
					} else ye(e, d);
				}
			}), kr = Ar = jr = Nr = Pr = Fr = Ir = Lr = Mr = null, Rr = 1, fa(!0), $t != rn || nn != an || W != on || G != sn) {
				vi(!1);
				let e = W / on, t = G / sn;
				if (Mt && !Cn && H.left >= 0) {
					H.left *= e, H.top *= t, ki && Ce(ki, Xe(H.left), 0, W, G), Ai && Ce(Ai, 0, Xe(H.top), W, G);
					for (let n = 0; n < Hn.length; n++) {
						let r = Hn[n];
						r != null && (Un[n] *= e, Wn[n] *= t, Ce(r, Ze(Un[n]), Ze(Wn[n]), W, G));
					}
				}
				if (Q.show && !Dn && Q.left >= 0 && Q.width > 0) {
					Q.left *= e, Q.width *= e, Q.top *= t, Q.height *= t;
					for (let e in ha) A(Vi, e, Q[e]);
				}
				rn = $t, an = nn, on = W, sn = G;
			}
			Oa(`setSize`), K = !1;
		}
		Zt > 0 && Qt > 0 && (j.clearRect(0, 0, ve.width, ve.height), Oa(`drawClear`), Ge.forEach((e) => e()), Oa(`draw`)), Q.show && Dn && (Hi(Q), Dn = !1), Mt && Cn && (ua(null, !0, !1), Cn = !1), V.show && V.live && On && (ca(), On = !1), ge || (ge = !0, D.status = 1, Oa(`ready`)), Tr = !1, yi = !1;
	}
	D.redraw = (e, t) => {
		pn = t || !1, e === !1 ? Ci() : Wi(P, I.min, I.max);
	};
	function Ei(e, n) {
		let r = N[e];
		if (r.from == null) {
			if (vr == 0) {
				let t = r.range(D, n.min, n.max, e);
				n.min = t[0], n.max = t[1];
			}
			if (n.min > n.max) {
				let e = n.min;
				n.min = n.max, n.max = e;
			}
			if (vr > 1 && n.min != null && n.max != null && n.max - n.min < 1e-16) return;
			e == P && r.distr == 2 && vr > 0 && (n.min = Me(n.min, t[0]), n.max = Me(n.max, t[0]), n.min == n.max && n.max++), z[e] = n, fn = !0, Ci();
		}
	}
	D.setScale = Ei;
	let Di, Oi, ki, Ai, ji, Mi, Ni, Pi, Fi, Ii, X, Z, Li = !1, Ri = H.drag, zi = Ri.x, Bi = Ri.y;
	Mt && (H.x && (Di = Se(p, Oe)), H.y && (Oi = Se(m, Oe)), I.ori == 0 ? (ki = Di, Ai = Oi) : (ki = Oi, Ai = Di), X = H.left, Z = H.top);
	let Q = D.select = U({
		show: !0,
		over: !0,
		left: 0,
		width: 0,
		top: 0,
		height: 0
	}, e.select), Vi = Q.show ? Se(f, Q.over ? Oe : Ee) : null;
	function Hi(e, t) {
		if (Q.show) {
			for (let t in e) Q[t] = e[t], t in ha && A(Vi, t, e[t]);
			t !== !1 && Oa(`setSelect`);
		}
	}
	D.setSelect = Hi;
	function Ui(e) {
		if (M[e].show) At && be(Rt[e], d);
		else if (At && ye(Rt[e], d), Mt) {
			let t = Vn ? Hn[0] : Hn[e];
			t != null && Ce(t, -10, -10, W, G);
		}
	}
	function Wi(e, t, n) {
		Ei(e, {
			min: t,
			max: n
		});
	}
	function Gi(e, t, n, r) {
		t.focus != null && ea(e), t.show != null && M.forEach((n, r) => {
			r > 0 && (e == r || e == null) && (n.show = t.show, Ui(r), O == 2 ? (Wi(n.facets[0].scale, null, null), Wi(n.facets[1].scale, null, null)) : Wi(n.scale, null, null), Ci());
		}), n !== !1 && Oa(`setSeries`, e, t), r && Ma(`setSeries`, D, e, t);
	}
	D.setSeries = Gi;
	function Ki(e, t) {
		U(Ve[e], t);
	}
	function qi(e, t) {
		e.fill = R(e.fill || null), e.dir = F(e.dir, -1), t ??= Ve.length, Ve.splice(t, 0, e);
	}
	function Ji(e) {
		e == null ? Ve.length = 0 : Ve.splice(e, 1);
	}
	D.addBand = qi, D.setBand = Ki, D.delBand = Ji;
	function Yi(e, t) {
		M[e].alpha = t, Mt && Hn[e] != null && (Hn[e].style.opacity = t), At && Rt[e] && (Rt[e].style.opacity = t);
	}
	let Xi, Zi, Qi, $i = { focus: !0 };
	function ea(e) {
		if (e != Qi) {
			let t = e == null, n = zn.alpha != 1;
			M.forEach((r, i) => {
				if (O == 1 || i > 0) {
					let a = t || i == 0 || i == e;
					r._focus = t ? null : a, n && Yi(i, a ? 1 : zn.alpha);
				}
			}), Qi = e, n && Ci();
		}
	}
	At && Bn && Jt(se, Pt, (e) => {
		H._lock || (In(e), Qi != null && Gi(null, $i, !0, $.setSeries));
	});
	function ta(e, t, n) {
		let r = N[t];
		n && (e = e / k - (r.ori == 1 ? nn : $t));
		let i = W;
		r.ori == 1 && (i = G, e = i - e), r.dir == -1 && (e = i - e);
		let a = r._min, o = r._max, s = e / i, c = a + (o - a) * s, l = r.distr;
		return l == 3 ? et(10, c) : l == 4 ? it(c, r.asinh) : l == 100 ? r.bwd(c) : c;
	}
	function na(e, n) {
		return Me(ta(e, P, n), t[0], q, J);
	}
	D.valToIdx = (e) => Me(e, t[0]), D.posToIdx = na, D.posToVal = ta, D.valToPos = (e, t, n) => N[t].ori == 0 ? le(e, N[t], n ? un : W, n ? cn : 0) : ue(e, N[t], n ? dn : G, n ? ln : 0), D.setCursor = (e, t, n) => {
		X = e.left, Z = e.top, ua(null, t, n);
	};
	function ra(e, t) {
		A(Vi, ee, Q.left = e), A(Vi, C, Q.width = t);
	}
	function ia(e, t) {
		A(Vi, T, Q.top = e), A(Vi, w, Q.height = t);
	}
	let aa = I.ori == 0 ? ra : ia, oa = I.ori == 1 ? ra : ia;
	function sa() {
		if (At && V.live) for (let e = +(O == 2); e < M.length; e++) {
			if (e == 0 && Vt) continue;
			let t = V.values[e], n = 0;
			for (let r in t) zt[e][n++].firstChild.nodeValue = t[r];
		}
	}
	function ca(e, t) {
		if (e != null && (e.idxs ? e.idxs.forEach((e, t) => {
			xt[t] = e;
		}) : Et(e.idx) || xt.fill(e.idx), V.idx = xt[0]), At && V.live) {
			for (let e = 0; e < M.length; e++) (e > 0 || O == 1 && !Vt) && la(e, xt[e]);
			sa();
		}
		On = !1, t !== !1 && Oa(`setLegend`);
	}
	D.setLegend = ca;
	function la(e, n) {
		let r = M[e], i = e == 0 && tt == 2 ? wr : t[e], a;
		Vt ? a = r.values(D, e, n) ?? Ht : (a = r.value(D, n == null ? null : i[n], e, n), a = a == null ? Ht : { _: a }), V.values[e] = a;
	}
	function ua(e, n, r) {
		Fi = X, Ii = Z, [X, Z] = H.move(D, X, Z), H.left = X, H.top = Z, Mt && (ki && Ce(ki, Xe(X), 0, W, G), Ai && Ce(Ai, 0, Xe(Z), W, G));
		let i, a = q > J;
		Xi = L, Zi = null;
		let o = I.ori == 0 ? W : G, s = I.ori == 1 ? W : G;
		if (X < 0 || vr == 0 || a) {
			i = H.idx = null;
			for (let e = 0; e < M.length; e++) {
				let t = Hn[e];
				t != null && Ce(t, -10, -10, W, G);
			}
			Bn && Gi(null, $i, !0, e == null && $.setSeries), V.live && (xt.fill(i), On = !0);
		} else {
			let e, n, r;
			O == 1 && (e = I.ori == 0 ? X : Z, n = ta(e, P), i = H.idx = Me(n, t[0], q, J), r = rt(t[0][i], I, o, 0));
			let a = -10, c = -10, l = 0, u = 0, d = !0, f = ``, p = ``;
			for (let e = +(O == 2); e < M.length; e++) {
				let m = M[e], h = xt[e], g = h == null ? null : O == 1 ? t[e][h] : t[e][1][h], _ = H.dataIdx(D, e, i, n), v = _ == null ? null : O == 1 ? t[e][_] : t[e][1][_];
				if (On = On || v != g || _ != h, xt[e] = _, e > 0 && m.show) {
					let n = _ == null ? -10 : _ == i ? r : rt(O == 1 ? t[0][_] : t[e][0][_], I, o, 0), h = v == null ? -10 : ot(v, O == 1 ? N[m.scale] : N[m.facets[1].scale], s, 0);
					if (Bn && v != null) {
						let t = I.ori == 1 ? X : Z, n = Ye(zn.dist(D, e, _, h, t));
						if (n < Xi) {
							let r = zn.bias;
							if (r != 0) {
								let i = ta(t, m.scale), a = v >= 0 ? 1 : -1, o = i >= 0 ? 1 : -1;
								o == a && (o == 1 ? r == 1 ? v >= i : v <= i : r == 1 ? v <= i : v >= i) && (Xi = n, Zi = e);
							} else Xi = n, Zi = e;
						}
					}
					if (On || Vn) {
						let t, r;
						I.ori == 0 ? (t = n, r = h) : (t = h, r = n);
						let i, o, s, m, g, _, v = !0, y = Ln.bbox;
						if (y != null) {
							v = !1;
							let t = y(D, e);
							s = t.left, m = t.top, i = t.width, o = t.height;
						} else s = t, m = r, i = o = Ln.size(D, e);
						if (_ = Ln.fill(D, e), g = Ln.stroke(D, e), Vn) e == Zi && Xi <= zn.prox && (a = s, c = m, l = i, u = o, d = v, f = _, p = g);
						else {
							let t = Hn[e];
							t != null && (Un[e] = s, Wn[e] = m, De(t, i, o, v), Te(t, _, g), Ce(t, Ze(s), Ze(m), W, G));
						}
					}
				}
			}
			if (Vn) {
				let e = zn.prox;
				if (On || (Qi == null ? Xi <= e : Xi > e || Zi != Qi)) {
					let e = Hn[0];
					e != null && (Un[0] = a, Wn[0] = c, De(e, l, u, d), Te(e, f, p), Ce(e, Ze(a), Ze(c), W, G));
				}
			}
		}
		if (Q.show && Li) {
			if (e != null) {
				let [t, n] = $.scales, [r, i] = $.match, [a, c] = e.cursor.sync.scales, l = e.cursor.drag;
				if (zi = l._x, Bi = l._y, zi || Bi) {
					let { left: l, top: u, width: d, height: f } = e.select, p = e.scales[a].ori, m = e.posToVal, h, g, _, v, y, b = t != null && r(t, a), x = n != null && i(n, c);
					b && zi ? (p == 0 ? (h = l, g = d) : (h = u, g = f), _ = N[t], v = rt(m(h, a), _, o, 0), y = rt(m(h + g, a), _, o, 0), aa(Qe(v, y), Ye(y - v))) : aa(0, o), x && Bi ? (p == 1 ? (h = l, g = d) : (h = u, g = f), _ = N[n], v = ot(m(h, c), _, s, 0), y = ot(m(h + g, c), _, s, 0), oa(Qe(v, y), Ye(y - v))) : oa(0, s);
				} else ga();
			} else {
				let e = Ye(Fi - ji), t = Ye(Ii - Mi);
				if (I.ori == 1) {
					let n = e;
					e = t, t = n;
				}
				zi = Ri.x && e >= Ri.dist, Bi = Ri.y && t >= Ri.dist;
				let n = Ri.uni;
				n == null ? Ri.x && Ri.y && (zi || Bi) && (zi = Bi = !0) : zi && Bi && (zi = e >= n, Bi = t >= n, !zi && !Bi && (t > e ? Bi = !0 : zi = !0));
				let r, i;
				zi && (I.ori == 0 ? (r = Ni, i = X) : (r = Pi, i = Z), aa(Qe(r, i), Ye(i - r)), Bi || oa(0, s)), Bi && (I.ori == 1 ? (r = Ni, i = X) : (r = Pi, i = Z), oa(Qe(r, i), Ye(i - r)), zi || aa(0, o)), !zi && !Bi && (aa(0, 0), oa(0, 0));
			}
		}
		if (Ri._x = zi, Ri._y = Bi, e == null) {
			if (r) {
				if (Aa != null) {
					let [e, t] = $.scales;
					$.values[0] = e == null ? null : ta(I.ori == 0 ? X : Z, e), $.values[1] = t == null ? null : ta(I.ori == 1 ? X : Z, t);
				}
				Ma(re, D, X, Z, W, G, i);
			}
			if (Bn) {
				let e = r && $.setSeries, t = zn.prox;
				Qi == null ? Xi <= t && Gi(Zi, $i, !0, e) : Xi > t ? Gi(null, $i, !0, e) : Zi != Qi && Gi(Zi, $i, !0, e);
			}
		}
		On && (V.idx = i, ca()), n !== !1 && Oa(`setCursor`);
	}
	let da = null;
	Object.defineProperty(D, "rect", { get() {
		return da ?? fa(!1), da;
	} });
	function fa(e = !1) {
		e ? da = null : (da = Oe.getBoundingClientRect(), Oa(`syncRect`, da));
	}
	function pa(e, t, n, r, i, a, o) {
		H._lock || Li && e != null && e.movementX == 0 && e.movementY == 0 || (ma(e, t, n, r, i, a, o, !1, e != null), e == null ? ua(t, !0, !1) : ua(null, !0, !0));
	}
	function ma(e, t, n, r, i, a, o, s, c) {
		if (da ?? fa(!1), In(e), e != null) n = e.clientX - da.left, r = e.clientY - da.top;
		else {
			if (n < 0 || r < 0) {
				X = -10, Z = -10;
				return;
			}
			let [e, o] = $.scales, s = t.cursor.sync, [c, l] = s.values, [u, d] = s.scales, [f, p] = $.match, m = t.axes[0].side % 2 == 1, h = I.ori == 0 ? W : G, g = I.ori == 1 ? W : G, _ = m ? a : i, v = m ? i : a, y = m ? r : n, b = m ? n : r;
			if (n = u == null ? y / _ * h : f(e, u) ? pe(c, N[e], h, 0) : -10, r = d == null ? b / v * g : p(o, d) ? pe(l, N[o], g, 0) : -10, I.ori == 1) {
				let e = n;
				n = r, r = e;
			}
		}
		c && (t == null || t.cursor.event.type == re) && ((n <= 1 || n >= W - 1) && (n = gt(n, W)), (r <= 1 || r >= G - 1) && (r = gt(r, G))), s ? (ji = n, Mi = r, [Ni, Pi] = H.move(D, n, r)) : (X = n, Z = r);
	}
	let ha = {
		width: 0,
		height: 0,
		left: 0,
		top: 0
	};
	function ga() {
		Hi(ha, !1);
	}
	let _a, va, ya, ba;
	function xa(e, t, n, r, i, a, o) {
		Li = !0, zi = Bi = Ri._x = Ri._y = !1, ma(e, t, n, r, i, a, o, !0, !1), e != null && (Jt(ae, me, Sa, !1), Ma(ie, D, Ni, Pi, W, G, null));
		let { left: s, top: c, width: l, height: u } = Q;
		_a = s, va = c, ya = l, ba = u;
	}
	function Sa(e, t, n, r, i, a, o) {
		Li = Ri._x = Ri._y = !1, ma(e, t, n, r, i, a, o, !1, !0);
		let { left: s, top: c, width: l, height: u } = Q, d = l > 0 || u > 0, f = _a != s || va != c || ya != l || ba != u;
		if (d && f && Hi(Q), Ri.setScale && d && f) {
			let e = s, t = l, n = c, r = u;
			if (I.ori == 1 && (e = c, t = u, n = s, r = l), zi && Wi(P, ta(e, P), ta(e + t, P)), Bi) for (let e in N) {
				let t = N[e];
				e != P && t.from == null && t.min != L && Wi(e, ta(n + r, e), ta(n, e));
			}
			ga();
		} else H.lock && (H._lock = !H._lock, ua(t, !0, e != null));
		e != null && (Xt(ae, me), Ma(ae, D, X, Z, W, G, null));
	}
	function Ca(e, t, n, r, i, a, o) {
		if (H._lock) return;
		In(e);
		let s = Li;
		if (Li) {
			let e = !0, t = !0, n, r;
			I.ori == 0 ? (n = zi, r = Bi) : (n = Bi, r = zi), n && r && (e = X <= 10 || X >= W - 10, t = Z <= 10 || Z >= G - 10), n && e && (X = X < Ni ? 0 : W), r && t && (Z = Z < Pi ? 0 : G), ua(null, !0, !0), Li = !1;
		}
		X = -10, Z = -10, xt.fill(null), ua(null, !0, !0), s && (Li = s);
	}
	function wa(e, t, n, r, i, a, o) {
		H._lock || (In(e), Or(), ga(), e != null && Ma(ce, D, X, Z, W, G, null));
	}
	function Ta() {
		Fe.forEach(fi), An(D.width, D.height, !0);
	}
	Ae(de, he, Ta);
	let Ea = {};
	Ea.mousedown = xa, Ea.mousemove = pa, Ea.mouseup = Sa, Ea.dblclick = wa, Ea.setSeries = (e, t, n, r) => {
		let i = $.match[2];
		n = i(D, t, n), n != -1 && Gi(n, r, !0, !1);
	}, Mt && (Jt(ie, Oe, xa), Jt(re, Oe, pa), Jt(oe, Oe, (e) => {
		In(e), fa(!1);
	}), Jt(se, Oe, Ca), Jt(ce, Oe, wa), Xr.add(D), D.syncRect = fa);
	let Da = D.hooks = e.hooks || {};
	function Oa(e, t, n) {
		bi ? xi.push([
			e,
			t,
			n
		]) : e in Da && Da[e].forEach((e) => {
			e.call(null, D, t, n);
		});
	}
	(e.plugins || []).forEach((e) => {
		for (let t in e.hooks) Da[t] = (Da[t] || []).concat(e.hooks[t]);
	});
	let ka = (e, t, n) => n, $ = U({
		key: null,
		setSeries: !1,
		filters: {
			pub: ft,
			sub: ft
		},
		scales: [P, M[1] ? M[1].scale : null],
		match: [
			pt,
			pt,
			ka
		],
		values: [null, null]
	}, H.sync);
	$.match.length == 2 && $.match.push(ka), H.sync = $;
	let Aa = $.key, ja = yr(Aa);
	function Ma(e, t, n, r, i, a, o) {
		$.filters.pub(e, t, n, r, i, a, o) && ja.pub(e, t, n, r, i, a, o);
	}
	ja.sub(D);
	function Na(e, t, n, r, i, a, o) {
		$.filters.sub(e, t, n, r, i, a, o) && Ea[e](null, t, n, r, i, a, o);
	}
	D.pub = Na;
	function Pa() {
		ja.unsub(D), Xr.delete(D), qt.clear(), je(de, he, Ta), _e.remove(), Pt?.remove(), Oa(`destroy`);
	}
	D.destroy = Pa;
	function Fa() {
		Oa(`init`, e, t), Er(t || e.data, !1), z[P] ? Ei(P, z[P]) : Or(), Dn = Q.show && (Q.width > 0 || Q.height > 0), Cn = On = !0, An(e.width, e.height);
	}
	return M.forEach(er), Fe.forEach(ir), n ? n instanceof HTMLElement ? (n.appendChild(_e), Fa()) : n(D, Fa) : Fa(), D;
}
Y.assign = U, Y.fmtNum = Ke, Y.rangeNum = He, Y.rangeLog = Le, Y.rangeAsinh = Re, Y.orient = q, Y.pxRatio = k, Y.join = It, Y.fmtDate = Yt, Y.tzDate = Zt, Y.sync = yr;
{
	Y.addGap = Tr, Y.clipGaps = wr;
	let e = Y.paths = { points: zr };
	e.linear = Ur, e.stepped = Wr, e.bars = Kr, e.spline = Jr;
}
export { t };
