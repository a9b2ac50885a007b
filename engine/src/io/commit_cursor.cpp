// engine: the commits of a partition, one after the other.
#include "commit_cursor.hpp"

#include "../core/commit_page.hpp"
#include "small_object.hpp"

#include <sluice/engine/object_key.hpp>

#include <utility>

namespace sluice {

task<result<void>> commit_cursor::look_for_page(deadline by) {
    const bool may_be = number_ % commits_per_page == 0 && asked_for_page_ != number_;
    if (!may_be) co_return result<void>();
    std::string bucket = where_.bucket;
    std::string key = page_key(where_.folder, partition_, number_);
    auto opened = co_await page_.open(store_, std::move(bucket), std::move(key), largest_page, by);
    if (!opened) co_return opened.error();
    asked_for_page_ = number_;
    in_page_ = *opened;
    co_return result<void>();
}

/// nullopt: the page is of no more use.
task<result<std::optional<commit>>> commit_cursor::next_of_page(deadline by) {
    if (!in_page_) co_return std::optional<commit>();
    auto line = co_await page_.next(store_, by);
    if (!line) co_return line.error();
    in_page_ = false;
    if (!*line) co_return std::optional<commit>();
    auto read = decode_commit(**line);
    if (!read || read->number != number_ || read->partition != partition_)
        co_return std::optional<commit>();
    if (order_.breaks(*read)) co_return std::optional<commit>();
    ++number_;
    in_page_ = number_ % commits_per_page != 0;
    co_return std::optional<commit>(std::move(*read));
}

task<result<std::optional<commit>>> commit_cursor::next(deadline by) {
    auto looked = co_await look_for_page(by);
    if (!looked) co_return looked.error();
    auto of_page = co_await next_of_page(by);
    if (!of_page || *of_page) co_return of_page;
    auto read = co_await fetch_commit(store_, where_, partition_, number_, by);
    if (!read) co_return read.error();
    if (!*read) {
        asked_for_page_.reset();
        co_return std::optional<commit>();
    }
    commit& now = (**read).document;
    if (const auto how = order_.breaks(now))
        co_return damaged_commit(where_, partition_, number_, *how);
    ++number_;
    co_return std::optional<commit>(std::move(now));
}

} // namespace sluice
