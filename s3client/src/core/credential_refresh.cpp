// s3client: when credentials are to be fetched again.
#include "credential_refresh.hpp"

#include <algorithm>

namespace sluice::s3 {

namespace {

bool are_same(const credentials& a, const credentials& b) {
    return a.access_key == b.access_key && a.secret_key == b.secret_key &&
           a.session_token == b.session_token;
}

} // namespace

credential_refresh::need credential_refresh::next(time at) const {
    if (number_ == 0 || rejected_) return need::before;
    if (!who_.expires) return need::none;
    const auto left = *who_.expires - at;
    if (left <= time::duration::zero()) return need::before;
    if (at < not_before_ || left > advisory_) return need::none;
    return left > mandatory_ ? need::early : need::now;
}

void credential_refresh::fetched(const credentials& who, time at) {
    const bool same = number_ > 0 && are_same(who_, who);
    const bool longer = !same || who.expires != who_.expires;
    if (!same) ++number_;
    who_ = who;
    rejected_ = false;
    not_before_ = longer ? time() : at + rules_.pause;
    if (!who.expires) return;
    // Those that have no time left as they come: the clocks differ. The store will tell.
    const auto life = *who.expires - at;
    if (life <= time::duration::zero()) who_.expires = at + rules_.pause;
    advisory_ = std::min<time::duration>(rules_.advisory, life / 3);
    mandatory_ = std::min<time::duration>(rules_.mandatory, life / 6);
}

void credential_refresh::failed(time at) {
    not_before_ = at + rules_.pause;
}

void credential_refresh::rejected(std::uint64_t number) {
    if (number == number_) rejected_ = true;
}

std::optional<std::chrono::seconds> credential_refresh::left(time at) const {
    if (!who_.expires) return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(*who_.expires - at);
}

} // namespace sluice::s3
