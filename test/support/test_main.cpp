// Linked into every unit test runner. After the run it prints "@counts passed failed skipped of
// total" for run_tests.py, the names of what failed and was skipped before, and exits 77 when every
// case was skipped.
#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_ALTERNATIVE_INIT_API
#include <boost/test/included/unit_test.hpp>

#include <cstdio>
#include <string>

namespace {

namespace ut = boost::unit_test;

class case_counter final : public ut::test_observer, public ut::test_tree_visitor {
  public:
    // Boost.Test's own collector calls cases that never ran "passed" after a fatal signal: so count
    // here.
    void test_start(ut::counter_t total, ut::test_unit_id) override { total_ = total; }
    void test_unit_finish(const ut::test_unit& unit, unsigned long) override {
        if (unit.p_type != ut::TUT_CASE) return;
        const auto& results = ut::results_collector.results(unit.p_id);
        ++(results.passed() ? passed_ : failed_);
        if (!results.passed())
            std::printf(
                "@case failed %s %lu assertion(s)\n",
                unit.full_name().c_str(),
                static_cast<unsigned long>(results.p_assertions_failed.get())
            );
    }
    // Called too for what --run_test leaves out; that is disabled, and not skipped.
    void test_unit_skipped(const ut::test_unit& unit, ut::const_string reason) override {
        reason_.assign(reason.begin(), reason.end());
        ut::traverse_test_tree(unit.p_id, *this, true);
    }
    void visit(const ut::test_case& unit) override {
        if (!unit.is_enabled()) return;
        ++skipped_;
        std::printf("@case skipped %s %s\n", unit.full_name().c_str(), reason_.c_str());
    }
    void test_finish() override { finished_ = true; }
    int priority() override { return 100; }

    int exit_status(int of_framework) const {
        if (!finished_) return of_framework;
        std::printf("\n@counts %lu %lu %lu of %lu\n", passed_, failed_, skipped_, total_);
        const bool only_skips = of_framework == 0 && passed_ == 0 && skipped_ > 0;
        return only_skips ? 77 : of_framework;
    }

  private:
    unsigned long total_ = 0, passed_ = 0, failed_ = 0, skipped_ = 0;
    bool finished_ = false;
    std::string reason_;
};

case_counter counter;

} // namespace

int main(int argc, char** argv) {
    const auto observe = [] {
        ut::framework::register_observer(counter);
        return true;
    };
    return counter.exit_status(ut::unit_test_main(observe, argc, argv));
}
