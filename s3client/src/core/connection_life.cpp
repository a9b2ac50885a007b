// s3client: the rules of reuse.
#include "connection_life.hpp"

namespace sluice::s3 {

bool may_keep(const exchange_end& end) {
    return end.request_sent && end.answer_whole && end.keep_alive && !end.early_answer &&
           end.bytes_beyond == 0;
}

bool may_reuse(
    std::chrono::steady_clock::duration idle, bool readable, std::chrono::milliseconds max_idle
) {
    return !readable && idle <= max_idle;
}

bool may_repeat_at_once(bool reused, bool answer_begun, bool repeated_before, bool safe_to_repeat) {
    return reused && !answer_begun && !repeated_before && safe_to_repeat;
}

} // namespace sluice::s3
