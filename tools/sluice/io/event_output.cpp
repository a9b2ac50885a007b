// tools: events on stdout, from a place on and at most so many.
#include "event_output.hpp"

namespace sluice::command {

result<bool> event_output::take(const record& each) {
    if (enough()) return false;
    auto whole = printer_.print(each, out_.text);
    if (!whole) {
        failure why = whole.error();
        why.where = where_ + ", " + why.where;
        return why;
    }
    if (*whole && left_) --*left_;
    auto flushed = out_.flush_when_full();
    if (!flushed) return flushed.error();
    return !enough();
}

} // namespace sluice::command
