// engine: exported content beside that of the stream.
#include "stream_comparison.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint64_t cached_bytes = std::uint64_t{8} << 20;

} // namespace

/// The stream encoded once more.
struct stream_comparison::encoded_values {
    encoded_values(reader& stream, object_format format, position end)
        : cache(cached_bytes), blocks(stream, cache, 0, format, format_context(), end) {
        blocks.join();
    }
    block_cache cache;
    block_source blocks;
    shared_block held;
};

stream_comparison::stream_comparison(reader& from, object_format format, position at, position end)
    : from_(&from), at_(at), end_(end) {
    if (values_only(format)) values_ = std::make_shared<encoded_values>(from, format, end);
}

task<result<bool>> stream_comparison::load_values() {
    auto shape = co_await values_->blocks.shape(at_, end_);
    if (!shape) co_return shape.error();
    const block_shape& of = **shape;
    if (of.outline.next == of.outline.first) co_return false;
    auto block = co_await values_->blocks.bytes(of);
    if (!block) co_return block.error();
    values_->held = std::move(*block);
    left_ = values_->held->view().subspan(of.skipped, of.bytes);
    at_ = of.outline.next;
    co_return true;
}

/// The next block; false when there is none.
task<result<bool>> stream_comparison::load() {
    if (at_ >= end_) co_return false;
    if (values_) {
        auto loaded = co_await load_values();
        co_return loaded;
    }
    auto outline = co_await from_->outline(at_, end_);
    if (!outline) co_return outline.error();
    if (outline->next == outline->first) co_return false;
    block_.reset(outline->body_bytes);
    auto read = co_await from_->read(*outline, block_.span());
    if (!read) co_return read.error();
    left_ = block_.view();
    at_ = outline->next;
    co_return true;
}

task<result<std::optional<std::size_t>>> stream_comparison::differs(bytes_view content) {
    using answer = std::optional<std::size_t>;
    std::size_t done = 0;
    while (done < content.size()) {
        if (left_.empty()) {
            auto loaded = co_await load();
            if (!loaded) co_return loaded.error();
            if (!*loaded) co_return answer(done);
            continue; // values of a block may have no bytes
        }
        const std::size_t size = std::min(content.size() - done, left_.size());
        const bytes_view here = left_.first(size);
        const bytes_view there = content.subspan(done, size);
        const auto same = std::mismatch(here.begin(), here.end(), there.begin()).first;
        if (same != here.end())
            co_return answer(done + static_cast<std::size_t>(same - here.begin()));
        left_ = left_.subspan(size);
        done += size;
    }
    co_return answer();
}

task<result<bool>> stream_comparison::exhausted() {
    while (left_.empty()) {
        auto loaded = co_await load();
        if (!loaded) co_return loaded.error();
        if (!*loaded) co_return true;
    }
    co_return false;
}

} // namespace sluice
