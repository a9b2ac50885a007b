// engine: the lines of an object, a range of it at a time.
#include "page_lines.hpp"

#include "transfer_run.hpp"

#include <sluice/base/bytes.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint64_t range_size = std::uint64_t{1} << 20;
constexpr std::size_t longest_line = std::size_t{8} << 20; // as of a commit

} // namespace

task<result<bool>> page_lines::open(
    s3::object_store& store, std::string bucket, std::string key, std::uint64_t largest, deadline by
) {
    auto head = co_await store.head(bucket, key, by);
    if (!head && is_transient(head.error())) co_return head.error();
    if (!head || head->size > largest) co_return false;
    what_ = s3::get_request();
    what_.bucket = std::move(bucket);
    what_.key = std::move(key);
    what_.if_match = head->etag;
    size_ = head->size;
    read_ = 0;
    given_ = 0;
    text_.clear();
    co_return true;
}

/// False: there is nothing more, or it cannot be had.
task<result<bool>> page_lines::read_on(s3::object_store& store, deadline by) {
    if (read_ == size_ || text_.size() - given_ >= longest_line) co_return false;
    s3::byte_range range;
    range.first = read_;
    range.size = std::min(range_size, size_ - read_);
    what_.range = range;
    s3::memory_sink bytes(range.size);
    auto got = co_await store.get(what_, bytes, by);
    if (!got && is_transient(got.error())) co_return got.error();
    if (!got || bytes.bytes().size() != range.size) co_return false;
    text_.erase(0, given_);
    given_ = 0;
    text_ += as_text(bytes.bytes());
    read_ += range.size;
    co_return true;
}

task<result<std::optional<std::string>>> page_lines::next(s3::object_store& store, deadline by) {
    std::size_t looked = given_;
    while (true) {
        const std::size_t end = text_.find('\n', looked);
        if (end != std::string::npos) {
            std::string line = text_.substr(given_, end + 1 - given_);
            given_ = end + 1;
            co_return std::optional<std::string>(std::move(line));
        }
        looked = text_.size() - given_; // where the rest will stand once what was given is dropped
        auto more = co_await read_on(store, by);
        if (!more) co_return more.error();
        if (!*more) co_return std::optional<std::string>();
    }
}

} // namespace sluice
