// engine: the names of its failures.
#include <sluice/engine/error.hpp>

#include <string>

namespace sluice {

namespace {

class category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "sluice.engine"; }
    std::string message(int value) const override {
        switch (static_cast<engine_errc>(value)) {
        case engine_errc::fenced:
            return "fenced";
        case engine_errc::claimed_by_other:
            return "claimed by other";
        case engine_errc::other_incarnation:
            return "other incarnation";
        case engine_errc::diverged:
            return "diverged";
        case engine_errc::foreign_object:
            return "foreign object";
        case engine_errc::guarantee_not_given:
            return "guarantee not given";
        case engine_errc::run_by_other:
            return "run by other";
        case engine_errc::format_differs:
            return "format differs";
        case engine_errc::no_export_here:
            return "no export here";
        case engine_errc::ambiguous_prefix:
            return "ambiguous prefix";
        case engine_errc::damaged_object:
            return "damaged object";
        case engine_errc::gave_up:
            return "gave up";
        case engine_errc::paused:
            return "paused";
        case engine_errc::gap:
            return "gap";
        case engine_errc::state_unusable:
            return "state unusable";
        case engine_errc::usage:
            return "usage";
        case engine_errc::start_refused:
            return "start refused";
        case engine_errc::stopped:
            return "stopped";
        case engine_errc::cancelled:
            return "cancelled";
        case engine_errc::limit_reached:
            return "limit reached";
        case engine_errc::nothing_to_do:
            return "nothing to do";
        }
        return "unknown error " + std::to_string(value);
    }
};

} // namespace

const boost::system::error_category& engine_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(engine_errc e) noexcept {
    return {static_cast<int>(e), engine_category()};
}

} // namespace sluice
