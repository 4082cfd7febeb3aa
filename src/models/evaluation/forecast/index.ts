export { forecastChart, forecastRows, forecastSvg, forecastWords } from './drawing.ts'
export { ForecastCurve, forecastCurve } from './forecast-curve.ts'
