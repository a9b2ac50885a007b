// engine: what commits add up to.
#include "commit_cover.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

void commit_cover::note(const committed_range& next) {
    if (next.object) {
        reach(next.first);
        reached_ = std::max(reached_, next.next);
        why_.clear();
    } else if (why_.empty()) {
        why_ = next.expired ? " (recorded as removed by the bucket's lifecycle)"
                            : " (recorded as missing: " + next.why + ")";
    }
}

void commit_cover::reach(position next) {
    if (reached_ < next)
        holes_.push_back(
            "events " + to_string(reached_) + " up to " + to_string(next) + " are in no object" +
            why_
        );
    if (next < reached_)
        holes_.push_back(
            "events " + to_string(next) + " up to " + to_string(reached_) + " are in two objects"
        );
}

std::vector<std::string> commit_cover::holes(position end) {
    reach(end);
    return std::move(holes_);
}

std::uint64_t crc_of_pieces(const committed_object& object) {
    std::uint64_t crc = 0;
    for (std::size_t n = 0; n < object.pieces.size(); ++n) {
        const bool last = n + 1 == object.pieces.size();
        const std::uint64_t end = last ? object.bytes : object.pieces[n + 1].at;
        crc = crc64nvme_combine(crc, object.pieces[n].crc64nvme, end - object.pieces[n].at);
    }
    return crc;
}

} // namespace sluice
