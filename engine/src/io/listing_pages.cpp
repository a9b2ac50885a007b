// engine: a listing of a store, page by page.
#include "listing_pages.hpp"

#include <sluice/engine/error.hpp>

#include <utility>

namespace sluice {

task<result<s3::list_page>>
next_page(s3::object_store& store, s3::listing_walk& walk, deadline by) {
    for (bool again = false;; again = true) {
        auto page = co_await store.list(walk.request(), by);
        if (!page) co_return page;
        const auto taken = walk.take(*page);
        if (taken) co_return std::move(*page);
        if (!again) continue;
        failure why = taken.error();
        why.code = engine_errc::gave_up;
        co_return why;
    }
}

} // namespace sluice
