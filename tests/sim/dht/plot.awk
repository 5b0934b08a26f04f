# plot.awk - draws the JSON lines of the DHT simulator: awk -v dir=FOLDER -f plot.awk FILE
#
# Metrics named dht_SCENARIO_NODES_WHAT_{success,hops,messages} become curves over
# NODES, dht_SCENARIO_NODES_at_SECONDS_success curves over time.

function field(name,  s) {
	s = $0
	if (!sub(".*\"" name "\":\"?", "", s)) return ""
	sub(/[",}].*/, "", s)
	return s
}

function point(plot, curve, x, y) {
	if (!((plot, curve) in count)) {
		curves[plot] = curves[plot] (curves[plot] == "" ? "" : SUBSEP) curve
		plots[plot] = 1
	}
	count[plot, curve]++
	xs[plot, curve, count[plot, curve]] = x
	ys[plot, curve, count[plot, curve]] = y
	if (!(plot in xmin) || x < xmin[plot]) xmin[plot] = x
	if (!(plot in xmax) || x > xmax[plot]) xmax[plot] = x
	if (!(plot in ymax) || y > ymax[plot]) ymax[plot] = y
	if (!(plot in ymin) || y < ymin[plot]) ymin[plot] = y
}

/dht_growth_/ { next }
/"metric":"dht_/ {
	n = split(field("metric"), part, "_")
	what = part[n]
	if (part[4] == "at") {
		point("success_time", part[2] ", " part[3] " nodes", part[5], field("value"))
		next
	}
	if (what != "success" && what != "hops" && what != "messages") next
	curve = part[2]
	for (i = 4; i < n; i++) curve = curve " " part[i]
	point(what "_nodes", curve, part[3], field("value"))
}

function scale_x(plot, x,  low, high) {
	low = xmin[plot]; high = xmax[plot]
	if (plot !~ /time/) { x = log(x); low = log(low); high = log(high) }
	return 70 + (high > low ? (x - low) / (high - low) : 0.5) * 480
}

function scale_y(plot, y) {
	return 350 - (top[plot] > base[plot] ? (y - base[plot]) / (top[plot] - base[plot]) : 0.5) * 310
}

function text(out, x, y, anchor, s) {
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, s > out
}

function draw(plot,  out, list, n, c, i, x, y, colour, points, seen) {
	out = dir "/dht_" plot ".svg"
	base[plot] = plot ~ /success/ ? ymin[plot] - (1 - ymin[plot]) / 10 : 0
	top[plot] = plot ~ /success/ ? 1 : ymax[plot] * 1.05
	if (base[plot] >= 1) base[plot] = 0.99
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"400\" font-family=\"sans-serif\" font-size=\"12\">" > out
	print "<rect width=\"760\" height=\"400\" fill=\"white\"/>" > out
	print "<path d=\"M70 40V350H550\" fill=\"none\" stroke=\"black\"/>" > out
	i = plot; sub(/_.*/, "", i)
	text(out, 70, 25, "middle", i)
	text(out, 310, 390, "middle", plot ~ /time/ ? "seconds" : "nodes")
	for (i = 0; i <= 4; i++) {
		y = base[plot] + i * (top[plot] - base[plot]) / 4
		text(out, 64, scale_y(plot, y) + 4, "end", sprintf("%.4g", y))
		printf "<path d=\"M70 %.1fH550\" stroke=\"#ddd\"/>\n", scale_y(plot, y) > out
	}
	n = split(curves[plot], list, SUBSEP)
	for (c = 1; c <= n; c++) {
		colour = sprintf("hsl(%d,70%%,%d%%)", (c * 137) % 360, 35 + (c % 3) * 10)
		points = ""
		for (i = 1; i <= count[plot, list[c]]; i++) {
			x = xs[plot, list[c], i]
			points = points sprintf("%.1f,%.1f ", scale_x(plot, x), scale_y(plot, ys[plot, list[c], i]))
			printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"%s\"/>\n", scale_x(plot, x), \
				scale_y(plot, ys[plot, list[c], i]), colour > out
			if (plot !~ /time/ && !(x in seen)) {
				seen[x] = 1
				text(out, scale_x(plot, x), 366, "middle", x)
			}
		}
		printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\"/>\n", points, colour > out
		printf "<rect x=\"562\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>\n", 31 + 17 * c, colour > out
		text(out, 578, 40 + 17 * c, "start", list[c])
	}
	if (plot ~ /time/) {
		text(out, 70, 366, "middle", xmin[plot])
		text(out, 550, 366, "middle", xmax[plot])
	}
	print "</svg>" > out
	close(out)
	print out
}

END { for (p in plots) draw(p) }
