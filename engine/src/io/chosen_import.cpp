// engine: an import from commits where there are some, else by listing.
#include "chosen_import.hpp"

#include "../core/foreign_format.hpp"
#include "import_run.hpp"
#include "listing_import.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

namespace {

/// A key of an export, wherever below the prefix that lies.
bool is_of_an_export(std::string_view relative) {
    const std::string inside = "/" + std::string(relative);
    if (inside.find("/_sluice/") != std::string::npos) return true;
    const std::size_t partition = inside.rfind("/partition=");
    return partition != std::string::npos &&
           parse_object_key(std::string_view(inside).substr(partition + 1)).has_value();
}

class chosen_import final : public transfer_work {
  public:
    explicit chosen_import(import_parts parts)
        : run_(parts.shared.run),
          address_(parts.from),
          patient_(parts.spec.rules.retry_for),
          parts_(std::move(parts)) {}

    task<void> work(const wishes_look& look_again) override {
        auto chosen = co_await choose();
        if (!chosen) {
            outcome_ = chosen.error();
            co_return;
        }
        const auto make = parts_.spec.listing ? &make_listing_import : &make_import;
        inner_ = make(std::move(parts_));
        if (closed_) inner_->close();
        inner_->obey(wanted_);
        co_await inner_->work(look_again);
    }

    void close() override {
        closed_ = true;
        if (inner_) inner_->close();
    }
    void obey(const std::vector<destination_row>& wanted) override {
        wanted_ = wanted;
        if (inner_) inner_->obey(wanted);
    }
    std::vector<destination_row> observed() override {
        return inner_ ? inner_->observed() : std::vector<destination_row>();
    }
    task<void> refresh(double seconds) override {
        const std::shared_ptr<transfer_work> chosen = inner_;
        if (chosen) co_await chosen->refresh(seconds);
    }
    bool can_seal() const override { return inner_ && inner_->can_seal(); }
    task<result<void>> farewell(wish what) override {
        if (!inner_) co_return result<void>();
        auto done = co_await inner_->farewell(what);
        co_return done;
    }
    progress look(double seconds) override;
    std::optional<failure> outcome() const override {
        return inner_ ? inner_->outcome() : outcome_;
    }
    side outcome_side() const override { return inner_ ? inner_->outcome_side() : side::source; }

  private:
    task<result<void>> choose();

    transfer_run& run_;
    bucket_address address_;
    patience patient_;
    std::string last_error_;
    import_parts parts_; ///< until the choice is made
    bool closed_ = false;
    std::vector<destination_row> wanted_;  ///< as it was told last
    std::shared_ptr<transfer_work> inner_; ///< once the choice is made
    std::optional<failure> outcome_;       ///< before that
};

task<result<void>> chosen_import::choose() {
    const deadline by = deadline::never();
    const auto listed = spec_by_listing(parts_.spec);
    if (!listed) co_return result<void>();
    s3::object_store& store = parts_.store.use();
    auto find = [this, &store, by] {
        return find_folder(store, address_.bucket, address_.prefix, by);
    };
    auto found = co_await persistently(run_, patient_, last_error_, find);
    const bool none = !found && found.error().code == engine_errc::no_export_here;
    if (!found && !none) co_return found.error();
    if (!none) {
        parts_.folder = std::move(*found);
        co_return result<void>();
    }
    auto list = [this, &store, by] {
        return holds_foreign_objects(store, address_.bucket, address_.prefix, by);
    };
    auto foreign = co_await persistently(run_, patient_, last_error_, list);
    if (!foreign) co_return foreign.error();
    if (!*foreign) co_return result<void>();
    run_.log.write(
        log_level::warning,
        to_string(address_) +
            ": no export lies here, so its objects are imported by listing, in the order of their "
            "keys, into one partition with sequences of its own; --by-listing says the same"
    );
    parts_.spec = *listed;
    co_return result<void>();
}

progress chosen_import::look(double seconds) {
    if (inner_) return inner_->look(seconds);
    progress now;
    now.name = run_.name;
    now.kind = "import";
    target_progress seen;
    seen.target = to_string(address_);
    seen.state = outcome_ ? "failed" : "running";
    seen.last_error = outcome_ ? describe(*outcome_) : last_error_;
    now.targets.push_back(seen);
    return now;
}

} // namespace

std::optional<import_spec> spec_by_listing(const import_spec& spec) {
    const places anywhere;
    const bool plain = spec.partitions.empty() && spec.start.each.empty() &&
                       spec.end.each.empty() && spec.start.all == anywhere.all &&
                       (spec.end.all == anywhere.all || spec.end.all.what == place::kind::latest);
    // Who follows waits for an export to begin, perhaps: what lies there by then is no answer.
    if (spec.listing || spec.follow || !plain) return std::nullopt;
    import_spec listed = spec;
    listed.listing.emplace();
    listed.listing->shard = spec.shard;
    listed.shard = listing_shard();
    return listed;
}

task<result<bool>> holds_foreign_objects(
    s3::object_store& store, std::string bucket, std::string prefix, deadline by
) {
    s3::list_request request;
    request.bucket = std::move(bucket);
    request.prefix = prefix.empty() ? "" : prefix + "/";
    auto page = co_await store.list(request, by);
    if (!page) co_return page.error();
    bool foreign = false;
    for (const s3::listed_object& each : page->objects) {
        const std::string_view relative = std::string_view(each.key).substr(request.prefix.size());
        if (is_of_an_export(relative)) co_return false;
        foreign = foreign || is_data_object(request.prefix, each.key, each.size);
    }
    co_return foreign;
}

std::shared_ptr<transfer_work> make_chosen_import(import_parts parts) {
    return std::make_shared<chosen_import>(std::move(parts));
}

} // namespace sluice
