// engine: exported records beside those of the stream.
#include "stream_comparison.hpp"

#include <algorithm>

namespace sluice {

/// The next block; false when there is none.
task<result<bool>> stream_comparison::load() {
    if (at_ >= end_) co_return false;
    auto outline = co_await from_->outline(at_, end_);
    if (!outline) co_return outline.error();
    if (outline->next == outline->first) co_return false;
    block_.reset(outline->body_bytes);
    used_ = 0;
    auto read = co_await from_->read(*outline, block_.span());
    if (!read) co_return read.error();
    at_ = outline->next;
    co_return true;
}

task<result<std::optional<std::size_t>>> stream_comparison::differs(bytes_view body) {
    using answer = std::optional<std::size_t>;
    std::size_t done = 0;
    while (done < body.size()) {
        if (used_ == block_.size()) {
            auto loaded = co_await load();
            if (!loaded) co_return loaded.error();
            if (!*loaded) co_return answer(done);
        }
        const std::size_t size = std::min(body.size() - done, block_.size() - used_);
        const bytes_view here = block_.view().subspan(used_, size);
        const bytes_view there = body.subspan(done, size);
        const auto same = std::mismatch(here.begin(), here.end(), there.begin()).first;
        if (same != here.end())
            co_return answer(done + static_cast<std::size_t>(same - here.begin()));
        used_ += size;
        done += size;
    }
    co_return answer();
}

task<result<bool>> stream_comparison::exhausted() {
    while (used_ == block_.size()) {
        auto loaded = co_await load();
        if (!loaded) co_return loaded.error();
        if (!*loaded) co_return true;
    }
    co_return false;
}

} // namespace sluice
