"""The office against an ODE solver, conservation of energy, and the physics it must respect."""

from pathlib import Path

import numpy as np
import pvlib
import pytest
from scipy.integrate import solve_ivp

from replica.methods import building

PLACE = {"latitude": 36.1, "longitude": -79.95}


@pytest.fixture(scope="module")
def weather():
    path = Path(pvlib.__file__).parent / "data" / "723170TYA.CSV"
    frame, _ = pvlib.iotools.read_tmy3(path, coerce_year=1990, map_variables=True)
    return building.weather_from_tmy3(frame)


@pytest.fixture(scope="module")
def july(weather):
    return weather[weather.index.month == 7]


def test_discretisation_agrees_with_an_ode_solver():
    a = building.system_matrix(building.Office(), np.array([300.0]))[0]
    v, x0 = np.array([2e-3, 1e-4]), np.array([22.0, 25.0])
    solved = solve_ivp(
        lambda _, x: a @ x[:2] + v if len(x) == 2 else np.r_[a @ x[:2] + v, x[:2]],
        (0, 3600),
        np.r_[x0, 0, 0],
        rtol=1e-11,
        atol=1e-12,
        method="DOP853",
    ).y[:, -1]
    f, g, h = building.discretise(a, 3600.0)
    assert np.allclose(f @ x0 + g @ v, solved[:2], rtol=1e-9)
    assert np.allclose((g @ x0 + h @ v) / 3600, solved[2:] / 3600, rtol=1e-9)


def test_two_half_steps_make_one_step():
    a = building.system_matrix(building.Office(), np.array([10.0, 500.0]))
    whole, half = building.discretise(a, 3600.0), building.discretise(a, 1800.0)
    assert np.allclose(half[0] @ half[0], whole[0], rtol=1e-12)
    assert np.allclose(half[0] @ half[1] + half[1], whole[1], rtol=1e-12)


@pytest.mark.parametrize("month", [1, 7])
def test_energy_balance_closes_over_a_month(weather, month):
    part = weather[weather.index.month == month]
    run = building.simulate(part, **PLACE)
    assert np.abs(building.energy_residual(building.Office(), part, run)).max() < 1e-12
    assert (run["hvac"] * (1 if month == 1 else -1) > 1e4).any()


def test_one_hour_of_cooling_and_one_of_heating_added_up_by_hand(july):
    """Wednesday noon in an office without sun or noise: areas, conductances, flows and power from the numbers alone."""
    office = building.Office()
    for outdoor, dew, set_point in ((33.0, 20.0, 22.78), (2.0, 0.0, 21.0)):
        steady = july.assign(temp_air=outdoor, temp_dew=dew, pressure=1e5, wind_speed=4.0, ghi=0.0, dni=0.0, dhi=0.0)
        run = building.simulate(steady, seed=1, **PLACE).iloc[24 * 10 + 12]  # 11 July 1990 was a Wednesday
        facade = np.sqrt(522) * 3.05
        leak = 522 * 3.05 * (0.10 + 0.05 * 4.0) / 3600 + 0.43e-3 * 522  # m3 of outdoor air a second
        exchange = 4 * facade * 0.2 * 3.0 + 1.2 * 1005 * leak
        assert run["occupied"] == 1 and run["exchange"] == pytest.approx(exchange)
        noise = building.occupancy_noise(len(july), 1)[24 * 10 + 12]
        assert run["internal"] == pytest.approx(18 * 522 * noise) and run["sun"] == pytest.approx(0)
        assert run["air"] == pytest.approx(set_point)
        opaque, coupling = 4 * facade * 0.8 * 0.5 + 522 * 0.2, 1 / (1 / (3.45 * 4.5 * 522) + 1 / (9.1 * 2.5 * 522))
        assert (office.opaque, office.coupling) == pytest.approx((opaque, coupling))
        flows = coupling * (run["mean_mass"] - run["mean_air"]) + exchange * (outdoor - run["mean_air"])
        stored = 1.2 * 1005 * 522 * 3.05 * 5.0 * (run["air"] - set_point) / 3600  # the hour before ended there as well
        assert run["hvac"] == pytest.approx(stored - flows - run["internal"] / 2, rel=1e-6)
        if run["hvac"] < 0:
            vapour = 610.94 * np.exp(17.625 * dew / (243.04 + dew))
            latent = 1.2 * leak * 2.45e6 * (0.62198 * vapour / (1e5 - vapour) - 0.0095)
            capacity, cop = 45e3 * 1.02, 0.5 * 280.15 / (outdoor + 15 - 7)
            assert run["latent"] == pytest.approx(min(latent, capacity + run["hvac"]))
            power = (-run["hvac"] + run["latent"]) / cop + 1500
        else:
            assert run["latent"] == 0
            power = run["hvac"] / (0.5 * 318.15 / (45 - outdoor + 10)) + 1500
        assert run["power"] == pytest.approx(power / 1000)


def test_energy_balance_notices_a_flow_that_is_left_out(july):
    run = building.simulate(july, **PLACE)
    run["sun"] *= 0.99
    assert np.abs(building.energy_residual(building.Office(), july, run)).max() > 1e-3


def test_thermostat_holds_its_band_while_capacity_lasts(july):
    run = building.simulate(july, **PLACE)
    assert (run["air"] <= run["set_point"] + 1e-9).all()
    cooling = run["hvac"] < 0
    assert np.allclose(run.loc[cooling, "air"], run.loc[cooling, "set_point"])
    assert (run["power"] >= 0).all()


def test_capacity_binds_when_the_machine_is_small(july):
    small = building.Office(cooling_rated=8e3)
    run = building.simulate(july, office=small, **PLACE)
    _, limit = building.cooling_machine(small, july["temp_air"].to_numpy())
    assert (-run["hvac"] + run["latent"] <= limit + 1e-6).all()
    assert (run["air"] > run["set_point"] + 0.1).any()


def test_without_sources_the_office_drifts_to_the_outdoor_temperature(july):
    calm = july.assign(temp_air=18.0, temp_dew=0.0, ghi=0.0, dni=0.0, dhi=0.0)
    run = building.simulate(calm, office=building.Office(gain_occupied=0, gain_empty=0), **PLACE)
    assert run["hvac"].where(run["occupied"] == 0, 0).eq(0).all()
    weekend = building.Office(gain_occupied=0, gain_empty=0, heat_occupied=0, heat_empty=0)
    run = building.simulate(calm, office=weekend, **PLACE)
    assert abs(run["air"].iloc[-1] - 18.0) < 1e-3 and abs(run["mass"].iloc[-1] - 18.0) < 1e-3


def test_performance_falls_with_the_lift():
    office, outdoor = building.Office(), np.array([20.0, 30.0, 40.0])
    cop, capacity = building.cooling_machine(office, outdoor)
    assert (np.diff(cop) < 0).all() and (np.diff(capacity) < 0).all()
    assert capacity[0] == pytest.approx(45e3 * 1.15) and 3 < cop[1] < 4
    cop, capacity = building.heating_machine(office, np.array([-15.0, -5.0, 8.3]))
    assert (np.diff(cop) > 0).all() and capacity[-1] == 40e3


def test_humidity_ratio_agrees_with_the_saturation_table():
    # saturation pressure of water at 0.01, 20 and 40 degC: 611.7, 2339.3 and 7384.9 Pa (IAPWS)
    for dew_point, vapour in ((0.01, 611.7), (20.0, 2339.3), (40.0, 7384.9)):
        expected = 0.62198 * vapour / (101325.0 - vapour)
        assert building.humidity_ratio(dew_point, 101325.0) == pytest.approx(expected, rel=5e-3)


def test_sun_through_glass_is_zero_at_night_and_below_the_sun_outside(july):
    gain = building.solar_gain(building.Office(), july, **PLACE)
    assert (gain >= 0).all() and (gain[july["ghi"].to_numpy() == 0].max() < 1.0)
    assert gain.sum() > 0


def test_occupancy_noise_has_the_stated_moments():
    logs = np.log(building.occupancy_noise(200_000, seed=3))
    assert logs.std() == pytest.approx(0.2, rel=0.02)
    assert np.corrcoef(logs[:-1], logs[1:])[0, 1] == pytest.approx(0.8, abs=0.01)
    assert np.exp(logs).mean() == pytest.approx(1.0, abs=0.01)


def test_same_seed_same_load_other_seed_other_load(july):
    first, again, other = (building.simulate(july, seed=s, **PLACE)["power"] for s in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda w: w.drop(columns="dni"), "dni"),
        (lambda w: w.assign(temp_air=np.nan), "finite"),
        (lambda w: w.iloc[::2], "hourly"),
        (lambda w: w.tz_localize(None), "time zone"),
        (lambda w: w.drop(index=w.index[5]), "hourly"),
    ],
)
def test_bad_weather_is_refused(july, change, name):
    with pytest.raises(ValueError, match=name):
        building.simulate(change(july), **PLACE)
    with pytest.raises(ValueError, match="^latitude:"):
        building.simulate(july, latitude=np.nan, longitude=0.0)


def test_tmy3_hours_are_labelled_by_their_start_and_pressure_is_in_pascal(weather):
    assert (weather.index[0].hour, len(weather)) == (0, 8760)
    assert weather["pressure"].between(90e3, 105e3).all()
    assert (weather["temp_dew"] <= weather["temp_air"] + 0.05).all()
    with pytest.raises(ValueError, match="relative_humidity"):
        building.weather_from_tmy3(weather.drop(columns="relative_humidity"))


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match="floor_area"):
        building.Office(floor_area=-1)
    with pytest.raises(ValueError, match="set_occupied"):
        building.Office(set_occupied=20.0)
    with pytest.raises(ValueError, match="step"):
        building.discretise(np.eye(2), 0.0)
    with pytest.raises(ValueError, match="a:"):
        building.discretise(np.ones((2, 3)), 1.0)
    with pytest.raises(ValueError, match="persistence"):
        building.occupancy_noise(5, 1, persistence=1.0)
    with pytest.raises(ValueError, match="dew_point"):
        building.humidity_ratio(100.0, 101325.0)
    with pytest.raises(ValueError, match="^spread:"):
        building.occupancy_noise(5, 1, spread=np.nan)
    with pytest.raises(ValueError, match="^n:"):
        building.occupancy_noise(2.5, 1)
    with pytest.raises(ValueError, match="^fan:"):
        building.Office(fan=np.nan)
