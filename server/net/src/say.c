#include "say.h"

bool say_may(struct say *s, int64_t now_ms)
{
	if (now_ms - s->since_ms >= SAY_SPAN_MS) {
		if (s->unsaid)
			log_warn("event=log-limited left_out=%u", s->unsaid);
		*s = (struct say){ .since_ms = now_ms };
	}
	if (s->said == SAY_LINES) {
		s->unsaid++;
		return false;
	}
	s->said++;
	return true;
}
